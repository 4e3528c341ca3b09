internal import Synchronization

/// The part of a block pool that blocks refer to.
@usableFromInline
@safe
package final class BlockPoolCore: CachingPoolCore, @unchecked Sendable {
    /// Depth a thread's magazines start with, in blocks.
    static let initialDepth = 8

    let options: BlockPool.Options

    // All under the lock.
    var depot: BlockDepot
    var waiters = LinkedQueue<BlockWaiter>()
    var refusals: UInt64 = 0
    var waits: UInt64 = 0
    /// Hits of threads that have ended, by class.
    private(set) var retiredHits = [UInt64](repeating: 0, count: SizeClass.count)

    init(_ options: BlockPool.Options) {
        self.options = options
        depot = BlockDepot(options: options)
        super.init()
        depot.core = address
        depot.slot = slot
    }

    static func at(_ address: UInt) -> BlockPoolCore {
        // Sound: headers name a core only as long as it lives.
        unsafe Unmanaged.fromOpaque(UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped).takeUnretainedValue()
    }

    // MARK: Taking

    /// Takes a block when the thread has none of its own at hand.
    @inline(never)
    func take(_ minimumCapacity: Int) throws(BlockPoolError) -> UnsafeMutablePointer<BlockHeader> {
        guard minimumCapacity >= 0 else { throw .negativeSize(minimumCapacity) }
        guard let sizeClass = SizeClass.index(fitting: max(minimumCapacity, 1)) else {
            throw .tooLarge(requested: minimumCapacity, largest: SizeClass.largest)
        }
        let cache = unsafe options.magazineDepth > 0 ? threadCache() : nil
        return try unsafe locked { () throws(BlockPoolError) in
            // Whoever waits comes first.
            guard waiters.isEmpty else { throw refusal(sizeClass) }
            unsafe admit(cache)
            if let block = unsafe refill(cache, sizeClass) { return unsafe block }
            if !depot.hasBudget(sizeClass) { recall() }
            return try unsafe available(sizeClass)
        }
    }

    /// Hands out an idle block of the depot and moves more of them to the thread's magazine.
    private func refill(
        _ cache: UnsafeMutablePointer<CacheGate>?, _ sizeClass: Int
    ) -> UnsafeMutablePointer<BlockHeader>? {
        guard let block = unsafe depot.popIdle(sizeClass) else { return nil }
        depot.shelves[sizeClass].reuses += 1
        guard let cache = unsafe cache else { return unsafe block }
        let magazine = unsafe cache.magazine(sizeClass)
        let batch = unsafe magazine.pointee.limit / 2
        unsafe deepen(magazine, sizeClass)
        for _ in 1..<max(batch, 2) {
            // Not from the stale ones: those are to go unless someone needs them.
            guard let more = unsafe depot.popIdle(sizeClass, orStale: false) else { break }
            unsafe magazine.pointee.push(more)
        }
        return unsafe block
    }

    /// Finds a block in the depot: idle, new within the budget, or in place of idle ones of other sizes.
    func available(
        _ sizeClass: Int
    ) throws(BlockPoolError) -> UnsafeMutablePointer<BlockHeader> {
        if let block = unsafe depot.popIdle(sizeClass) {
            depot.shelves[sizeClass].reuses += 1
            return unsafe block
        }
        guard depot.hasBudget(sizeClass) || depot.reclaim(for: sizeClass) else {
            throw refusal(sizeClass)
        }
        guard let block = unsafe depot.grow(sizeClass) else { throw .outOfMemory(errno: currentErrno()) }
        scheduleTrim(every: options.trimInterval)
        return unsafe block
    }

    private func refusal(_ sizeClass: Int) -> BlockPoolError {
        refusals += 1
        return .budgetExceeded(
            requested: SizeClass.capacity(at: sizeClass), inUse: depot.warmBytes, budget: options.budget)
    }

    // MARK: Putting back

    /// Puts a block back when the thread cannot keep it in its magazine just so.
    @inline(never)
    func putBack(_ block: UnsafeMutablePointer<BlockHeader>) {
        let cache = unsafe options.magazineDepth > 0 ? threadCache() : nil
        var resumed: [BlockWaiter] = []
        let isFinished = locked {
            if isClosed {
                unsafe depot.chill(block)
                return depot.warmBytes == 0
            }
            unsafe admit(cache)
            if let cache = unsafe cache, waiters.isEmpty {
                unsafe keep(block, in: cache.magazine(Int(block.pointee.sizeClass)))
            } else {
                unsafe depot.pushIdle(block)
                serve(&resumed)
            }
            return false
        }
        Self.resume(resumed)
        if isFinished { releaseAfterLast() }
    }

    /// Puts a block in a magazine; if that is full, half of it goes to the depot.
    private func keep(
        _ block: UnsafeMutablePointer<BlockHeader>, in magazine: UnsafeMutablePointer<Magazine<BlockHeader>>
    ) {
        unsafe deepen(magazine, Int(block.pointee.sizeClass))
        if unsafe magazine.pointee.count >= magazine.pointee.limit {
            for _ in 0..<(unsafe magazine.pointee.limit + 1) / 2 {
                guard let other = unsafe magazine.pointee.pop() else { break }
                unsafe depot.pushIdle(other)
            }
        }
        unsafe magazine.pointee.push(block)
    }

    /// A magazine that had to be filled or emptied was too shallow: twice the depth, up to the bound.
    private func deepen(_ magazine: UnsafeMutablePointer<Magazine<BlockHeader>>, _ sizeClass: Int) {
        unsafe magazine.pointee.limit = min(deepest(sizeClass), magazine.pointee.limit * 2)
    }

    /// Blocks of a class that a thread may keep.
    func deepest(_ sizeClass: Int) -> Int {
        max(0, min(options.magazineDepth, max(2, options.magazineBytes / SizeClass.capacity(at: sizeClass))))
    }

    // MARK: Caches

    override func makeCache() -> UnsafeMutablePointer<CacheGate> {
        let gate = unsafe UnsafeMutablePointer<CacheGate>.make(for: self)
        for sizeClass in 0..<SizeClass.count {
            unsafe gate.magazine(sizeClass).initialize(
                to: Magazine(limit: min(Self.initialDepth, deepest(sizeClass))))
        }
        return unsafe gate
    }

    override func isBusy(_ gate: UnsafeMutablePointer<CacheGate>) -> Bool {
        for sizeClass in 0..<SizeClass.count where unsafe gate.magazine(sizeClass).pointee.isBusy { return true }
        return false
    }

    override func empty(_ gate: UnsafeMutablePointer<CacheGate>) {
        for sizeClass in 0..<SizeClass.count {
            let magazine = unsafe gate.magazine(sizeClass)
            while let block = unsafe magazine.pointee.pop() { unsafe depot.pushIdle(block) }
        }
    }

    override func retire(_ gate: UnsafeMutablePointer<CacheGate>) {
        for sizeClass in 0..<SizeClass.count {
            retiredHits[sizeClass] += unsafe gate.magazine(sizeClass).pointee.uses
        }
    }

    override func discardIdle() -> Bool {
        depot.chillAll()
        return depot.warmBytes == 0
    }

    override func age() -> Bool {
        for index in unsafe gates.indices { unsafe calibrate(gates[index]) }
        depot.age()
        return depot.warmBytes > 0
    }

    /// Halves the depth of magazines that were used less often than they are deep.
    private func calibrate(_ gate: UnsafeMutablePointer<CacheGate>) {
        for sizeClass in 0..<SizeClass.count {
            let magazine = unsafe gate.magazine(sizeClass)
            let limit = unsafe magazine.pointee.limit
            if unsafe magazine.pointee.usesSinceTrim() < limit {
                unsafe magazine.pointee.limit = min(deepest(sizeClass), max(Self.initialDepth, limit / 2))
            }
        }
    }
}
