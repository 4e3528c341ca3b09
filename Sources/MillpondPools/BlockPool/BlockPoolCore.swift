internal import CMillpond
internal import Synchronization

/// The part of a pool that its blocks refer to: it lives until the last of them has come back, with or without pool.
@usableFromInline
package final class BlockPoolCore: @unchecked Sendable {
    // Sendable: what is not constant is under the lock.

    /// Depth a thread's magazines start with, in blocks.
    static let initialDepth = 8
    private static let lastID = Atomic<UInt64>(0)

    @safe
    struct State: ~Copyable {
        var depot: BlockDepot
        /// The caches of all threads that use the pool.
        var caches: [UnsafeMutablePointer<BlockCache>] = unsafe []
        var isClosed = false
        /// Hits of threads that have ended, by class.
        var retiredHits = [UInt64](repeating: 0, count: SizeClass.count)
    }

    let id: UInt64
    let slot: UInt32
    let options: BlockPool.Options
    let needsFence: Bool
    private let lock = Mutex<Void>(())
    // Only `withState` touches it.
    @exclusivity(unchecked) private var lockedState: State

    init(_ options: BlockPool.Options) {
        id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        slot = millpond_reserve_slot()
        self.options = options
        needsFence = !millpond_has_asymmetric_barrier()
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
            unsafe admit(cache, &state)
            if let block = unsafe refill(cache, sizeClass, &state) { return unsafe block }
            return try unsafe obtain(sizeClass, &state)
        }
    }

    /// Hands out an idle block of the depot and moves more of them to the thread's magazine.
    private func refill(
        _ cache: UnsafeMutablePointer<BlockCache>?, _ sizeClass: Int, _ state: inout State
    ) -> UnsafeMutablePointer<BlockHeader>? {
        guard let block = unsafe state.depot.popIdle(sizeClass) else { return nil }
        guard let cache = unsafe cache else { return unsafe block }
        let magazine = unsafe cache.magazine(sizeClass)
        let batch = unsafe magazine.pointee.limit / 2
        unsafe deepen(magazine, sizeClass)
        for _ in 1..<max(batch, 1) {
            guard let more = unsafe state.depot.popIdle(sizeClass) else { break }
            unsafe magazine.pointee.push(more)
        }
        return unsafe block
    }

    /// Finds a block wherever one may be: new within the budget, idle with any thread, or in place of idle ones.
    func obtain(
        _ sizeClass: Int, _ state: inout State
    ) throws(BlockPoolError) -> UnsafeMutablePointer<BlockHeader> {
        if !state.depot.hasBudget(sizeClass) {
            recall(&state)
            if let block = unsafe state.depot.popIdle(sizeClass) { return unsafe block }
            guard state.depot.reclaim(for: sizeClass) else {
                throw .budgetExceeded(
                    requested: SizeClass.capacity(at: sizeClass), inUse: state.depot.warmBytes, budget: options.budget)
            }
        }
        guard let block = unsafe state.depot.grow(sizeClass) else { throw .outOfMemory(errno: currentErrno()) }
        return unsafe block
    }

    // MARK: Putting back

    /// Puts a block back when the thread cannot keep it in its magazine just so.
    @inline(never)
    func putBack(_ block: UnsafeMutablePointer<BlockHeader>) {
        let cache = unsafe threadCache()
        let isFinished = withState { state in
            if state.isClosed {
                unsafe state.depot.chill(block)
                return state.depot.warmBytes == 0
            }
            unsafe admit(cache, &state)
            guard let cache = unsafe cache else {
                unsafe state.depot.pushIdle(block)
                return false
            }
            let sizeClass = unsafe Int(block.pointee.sizeClass)
            let magazine = unsafe cache.magazine(sizeClass)
            unsafe deepen(magazine, sizeClass)
            if unsafe magazine.pointee.isFull {
                for _ in 0..<(unsafe magazine.pointee.limit / 2) {
                    guard let other = unsafe magazine.pointee.pop() else { break }
                    unsafe state.depot.pushIdle(other)
                }
            }
            unsafe magazine.pointee.push(block)
            return false
        }
        if isFinished { unsafe Unmanaged.passUnretained(self).release() }
    }

    /// A magazine that had to be filled or emptied was too shallow: twice the depth, up to the bound.
    private func deepen(_ magazine: UnsafeMutablePointer<Magazine>, _ sizeClass: Int) {
        let bound = min(options.magazineDepth, max(2, options.magazineBytes / SizeClass.capacity(at: sizeClass)))
        unsafe magazine.pointee.limit = min(bound, magazine.pointee.limit * 2)
    }

    // MARK: Closing

    /// The pool has gone: no thread keeps blocks any more, and each goes to the kernel as it comes back.
    func close() {
        let isFinished = BlockCache.registry.withLock { _ in
            withState { state in
                state.isClosed = true
                recall(&state)
                for unsafe cache in unsafe state.caches {
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
