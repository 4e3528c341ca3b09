internal import CMillpond
internal import Synchronization

/// The part of a pool that its blocks refer to: it lives until the last of them has come back, with or without pool.
@usableFromInline
package final class BlockPoolCore: @unchecked Sendable {
    // Sendable: what is not constant is under the lock.

    /// Depth a thread's magazines start with, in blocks.
    static let initialDepth: UInt = 8
    private static let lastID = Atomic<UInt64>(0)

    @safe
    struct State: ~Copyable {
        var depot: BlockDepot
        /// The caches of all threads that use the pool.
        var caches: [UnsafeMutablePointer<BlockCache>] = unsafe []
        var waiters = BlockWaiterQueue()
        var isClosed = false
        var isTrimScheduled = false
        var refusals: UInt64 = 0
        var waits: UInt64 = 0
        /// Hits of threads that have ended, by class.
        var retiredHits = [UInt64](repeating: 0, count: SizeClass.count)
    }

    let id: UInt64
    let slot: UInt32
    let options: BlockPool.Options
    private let lock = Mutex<Void>(())
    // Only `withState` touches it.
    @exclusivity(unchecked) private var lockedState: State

    init(_ options: BlockPool.Options) {
        id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        // Without barriers nobody could take blocks out of magazines: none are used then.
        slot = millpond_has_barrier_on_all_threads() ? millpond_reserve_slot() : UInt32(MILLPOND_SLOTS)
        self.options = options
        unsafe lockedState = unsafe State(depot: BlockDepot(slot: slot, options: options))
        withState { $0.depot.core = address }
    }

    deinit {
        millpond_free_slot(slot)
    }

    /// Calls `body` under the lock. (`Mutex.withLock` cannot see that blocks belong to whoever holds them.)
    func withState<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock._unsafeLock()
        defer { lock._unsafeUnlock() }
        return unsafe try body(&lockedState)
    }

    /// The core as headers and caches name it.
    var address: UInt { unsafe UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()) }

    static func at(_ address: UInt) -> BlockPoolCore {
        // Sound: headers and caches name a core only as long as it lives.
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
        let cache = unsafe threadCache()
        return try unsafe withState { state throws(BlockPoolError) in
            // Whoever waits comes first.
            guard state.waiters.isEmpty else { throw refusal(sizeClass, &state) }
            unsafe admit(cache, &state)
            if let block = unsafe refill(cache, sizeClass, &state) { return unsafe block }
            if !state.depot.hasBudget(sizeClass) { recall(&state) }
            return try unsafe available(sizeClass, &state)
        }
    }

    /// Hands out an idle block of the depot and moves more of them to the thread's magazine.
    private func refill(
        _ cache: UnsafeMutablePointer<BlockCache>?, _ sizeClass: Int, _ state: inout State
    ) -> UnsafeMutablePointer<BlockHeader>? {
        guard let block = unsafe state.depot.popIdle(sizeClass) else { return nil }
        state.depot.shelves[sizeClass].reuses += 1
        guard let cache = unsafe cache else { return unsafe block }
        let magazine = unsafe cache.magazine(sizeClass)
        let batch = unsafe magazine.pointee.limit / 2
        unsafe deepen(magazine, sizeClass)
        for _ in 1..<max(batch, 2) {
            guard let more = unsafe state.depot.popIdle(sizeClass) else { break }
            unsafe magazine.pointee.push(more)
        }
        return unsafe block
    }

    /// Finds a block in the depot: idle, new within the budget, or in place of idle ones of other sizes.
    func available(
        _ sizeClass: Int, _ state: inout State
    ) throws(BlockPoolError) -> UnsafeMutablePointer<BlockHeader> {
        if let block = unsafe state.depot.popIdle(sizeClass) {
            state.depot.shelves[sizeClass].reuses += 1
            return unsafe block
        }
        guard state.depot.hasBudget(sizeClass) || state.depot.reclaim(for: sizeClass) else {
            throw refusal(sizeClass, &state)
        }
        guard let block = unsafe state.depot.grow(sizeClass) else { throw .outOfMemory(errno: currentErrno()) }
        scheduleTrim(&state)
        return unsafe block
    }

    private func refusal(_ sizeClass: Int, _ state: inout State) -> BlockPoolError {
        state.refusals += 1
        return .budgetExceeded(
            requested: SizeClass.capacity(at: sizeClass), inUse: state.depot.warmBytes, budget: options.budget)
    }

    // MARK: Putting back

    /// Puts a block back when the thread cannot keep it in its magazine just so.
    @inline(never)
    func putBack(_ block: UnsafeMutablePointer<BlockHeader>) {
        let cache = unsafe threadCache()
        var resumed: [BlockWaiter] = []
        let isFinished = withState { state in
            if state.isClosed {
                unsafe state.depot.chill(block)
                return state.depot.warmBytes == 0
            }
            unsafe admit(cache, &state)
            if let cache = unsafe cache, state.waiters.isEmpty {
                unsafe keep(block, in: cache.magazine(Int(block.pointee.sizeClass)), &state)
            } else {
                unsafe state.depot.pushIdle(block)
                serve(&state, &resumed)
            }
            return false
        }
        Self.resume(resumed)
        if isFinished { unsafe Unmanaged.passUnretained(self).release() }
    }

    /// Puts a block in a magazine; if that is full, half of it goes to the depot.
    private func keep(
        _ block: UnsafeMutablePointer<BlockHeader>, in magazine: UnsafeMutablePointer<Magazine>, _ state: inout State
    ) {
        unsafe deepen(magazine, Int(block.pointee.sizeClass))
        if unsafe magazine.pointee.isFull {
            for _ in 0..<(unsafe magazine.pointee.limit + 1) / 2 {
                guard let other = unsafe magazine.pointee.pop() else { break }
                unsafe state.depot.pushIdle(other)
            }
        }
        unsafe magazine.pointee.push(block)
    }

    /// A magazine that had to be filled or emptied was too shallow: twice the depth, up to the bound.
    private func deepen(_ magazine: UnsafeMutablePointer<Magazine>, _ sizeClass: Int) {
        unsafe magazine.pointee.limit = min(deepest(sizeClass), magazine.pointee.limit * 2)
    }

    /// Blocks of a class that a thread may keep.
    func deepest(_ sizeClass: Int) -> UInt {
        let byBytes = max(2, options.magazineBytes / SizeClass.capacity(at: sizeClass))
        return UInt(max(0, min(options.magazineDepth, byBytes)))
    }

    // MARK: Closing

    /// The pool has gone: no thread keeps blocks any more, and each goes to the kernel as it comes back.
    func close() {
        let isFinished = BlockCache.registry.withLock { _ in
            withState { state in
                state.isClosed = true
                recall(&state)
                for index in unsafe state.caches.indices {
                    let cache = unsafe state.caches[index]
                    unsafe cache.pointee.isDetached = true
                    unsafe cache.pointee.core = nil
                }
                unsafe state.caches = unsafe []
                state.depot.chillAll()
                return state.depot.warmBytes == 0
            }
        }
        // The outstanding blocks keep the core alive; the last one to come back releases it.
        if !isFinished { _ = unsafe Unmanaged.passRetained(self) }
    }
}
