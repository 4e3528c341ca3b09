internal import Synchronization

extension BlockPool {
    /// What a pool has done and holds.
    ///
    /// Taken while other threads go on, so sums may be off by what they do in between.
    public struct Statistics: Sendable, Equatable {
        /// The account of one size.
        public struct SizeClass: Sendable, Equatable {
            /// Bytes of a block of this size.
            public internal(set) var capacity = 0
            /// Blocks taken that were at hand.
            public internal(set) var hits: UInt64 = 0
            /// Blocks taken that had to be made.
            public internal(set) var misses: UInt64 = 0
            /// Blocks that are out.
            public internal(set) var outstanding = 0
            /// Blocks that lie idle.
            public internal(set) var idle = 0
            /// Bytes of the blocks that are out.
            public var outstandingBytes: Int { outstanding * capacity }
        }

        /// Every size, the smallest first.
        public internal(set) var sizeClasses: [SizeClass] = []
        /// Bytes that may be out or idle.
        public internal(set) var budget = 0
        /// The most bytes that were out and idle together.
        public internal(set) var highWaterBytes = 0
        /// Bytes of address space.
        public internal(set) var mappedBytes = 0
        /// Bytes of idle blocks given back to the kernel so far.
        public internal(set) var trimmedBytes: UInt64 = 0
        /// Takes that the budget refused.
        public internal(set) var refusals: UInt64 = 0
        /// Tasks that wait now.
        public internal(set) var waiting = 0
        /// Waits so far.
        public internal(set) var waits: UInt64 = 0
        /// Threads that keep blocks.
        public internal(set) var threads = 0

        /// Blocks taken that were at hand.
        public var hits: UInt64 { sizeClasses.reduce(0) { $0 + $1.hits } }
        /// Blocks taken that had to be made.
        public var misses: UInt64 { sizeClasses.reduce(0) { $0 + $1.misses } }
        /// Blocks that are out.
        public var outstanding: Int { sizeClasses.reduce(0) { $0 + $1.outstanding } }
        /// Bytes that are out.
        public var outstandingBytes: Int { sizeClasses.reduce(0) { $0 + $1.outstandingBytes } }
        /// Bytes that lie idle.
        public var idleBytes: Int { sizeClasses.reduce(0) { $0 + $1.idle * $1.capacity } }
    }

    /// What the pool has done so far and holds now. Takes the pool's lock for a few microseconds.
    public func statistics() -> Statistics {
        core.statistics()
    }
}

extension BlockPoolCore {
    func statistics() -> BlockPool.Statistics {
        locked {
            var statistics = BlockPool.Statistics()
            statistics.budget = depot.budget
            statistics.highWaterBytes = depot.highWaterBytes
            statistics.mappedBytes = depot.mappedBytes
            statistics.trimmedBytes = depot.chilledBytes
            statistics.refusals = refusals
            statistics.waiting = waiters.count
            statistics.waits = waits
            statistics.threads = unsafe gates.count
            for sizeClass in 0..<SizeClass.count {
                statistics.sizeClasses.append(account(of: sizeClass))
            }
            return statistics
        }
    }

    private func account(of sizeClass: Int) -> BlockPool.Statistics.SizeClass {
        var account = BlockPool.Statistics.SizeClass()
        let shelf = depot.shelves[sizeClass]
        account.capacity = SizeClass.capacity(at: sizeClass)
        account.hits = retiredHits[sizeClass] + shelf.reuses
        account.misses = shelf.growths
        account.idle = shelf.fresh.count + shelf.stale.count
        for index in unsafe gates.indices {
            let magazine = unsafe gates[index].magazine(sizeClass)
            account.hits += unsafe magazine.pointee.uses
            account.idle += unsafe magazine.pointee.count
        }
        account.outstanding = max(0, shelf.warmCount - account.idle)
        return account
    }
}
