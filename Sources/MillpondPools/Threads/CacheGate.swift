public import Synchronization

/// The head of what one thread keeps of one pool, and the gate in front of it.
///
/// The thread takes from its cache and adds to it without locks or atomic read-modify-writes, in *sections*: mark the
/// magazine as busy, look whether the gate's `owner` still names the pool, work, unmark. Another thread that wants
/// what is in the cache (to trim, to stay in budget, to close the pool) holds the pool's lock, clears `owner`, makes
/// every thread execute a fence, and waits until nothing is busy; from then on the thread finds itself shut out and
/// goes to the pool, which lets it back in under the lock. So the rare pays for itself, and a section costs two plain
/// stores and a load.
///
///     thread                            another, holding the pool's lock
///     busy = 1                          owner = 0
///     (compiler barrier)                membarrier: a fence on every thread
///     owner == pool?  … work …          busy == 0?  … empty the cache …
///     busy = 0 (release)                (acquire)
///
/// Why that is sound: of a store followed by a load on either side, with a fence between them on both, at least one
/// side sees the other's store. The fence on the thread's side is the one that the other makes it execute.
@usableFromInline
@safe
struct CacheGate: ~Copyable {
    /// As in `struct millpond_thread_entry`: called as the thread ends.
    let threadEnded: @convention(c) (UnsafeMutableRawPointer) -> Void
    /// The address of the pool's core while the thread may use the cache, 0 while it may not.
    @usableFromInline let owner: Atomic<UInt>
    /// The pool's core, until it closes. Under `registry`.
    var core: CachingPoolCore?
    /// Identifies the core for ever, unlike its address.
    let coreID: UInt64

    /// Bytes from the gate to the cache.
    @inlinable static var size: Int { 64 }

    /// Orders threads that end against pools that close. Taken before a pool's own lock.
    static let registry = Lock()

    init(_ core: CachingPoolCore) {
        unsafe self.threadEnded = cacheThreadEnded
        self.owner = Atomic(0)
        self.core = core
        self.coreID = core.id
    }
}

extension UnsafeMutablePointer where Pointee == CacheGate {
    /// What is behind the gate.
    @inlinable
    var contents: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(self) + CacheGate.size }

    /// Makes a gate with room for a magazine per size class behind it.
    ///
    /// Also where one magazine is enough: a thread may come upon the gate of a pool that had its slot before, of the
    /// other kind, and marks a magazine as busy before it sees whose gate it is.
    static func make(for core: CachingPoolCore) -> Self {
        let byteCount = CacheGate.size + SizeClass.count * MemoryLayout<Magazine<BlockHeader>>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        let gate = unsafe memory.bindMemory(to: CacheGate.self, capacity: 1)
        unsafe gate.initialize(to: CacheGate(core))
        return unsafe gate
    }

    func destroy() {
        unsafe deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(self).deallocate()
    }
}

/// The thread is ending, or has found the cache of a pool that is no more: its contents go to the pool, if any.
private func cacheThreadEnded(_ entry: UnsafeMutableRawPointer) {
    let gate = unsafe entry.assumingMemoryBound(to: CacheGate.self)
    let core = CacheGate.registry.withLock {
        let core = unsafe gate.pointee.core
        unsafe core?.forget(gate)
        return core
    }
    core?.settle()
    unsafe gate.destroy()
}
