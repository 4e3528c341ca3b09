public import CMillpond
public import Synchronization

/// What one thread keeps of one pool: a free list per size class, used without locks or atomic read-modify-writes.
///
/// The thread that owns it takes and returns blocks in a *section*: mark `busy`, look whether `owner` still names the
/// pool, work, unmark. Another thread that wants the blocks (to trim, to stay in budget, to close the pool) holds the
/// pool's lock, clears `owner`, makes every thread execute a fence, and waits until `busy` is clear; from then on the
/// owning thread finds itself shut out and goes to the pool, which lets it back in under the lock. So the price of the
/// rare is paid by the rare, and a section costs two plain stores and a load.
///
/// In raw memory: the magazines follow it.
@usableFromInline
@safe
struct BlockCache: ~Copyable {
    /// `struct millpond_thread_entry`: called as the thread ends.
    @usableFromInline let threadEnded: @convention(c) (UnsafeMutableRawPointer) -> Void
    /// The address of the core while the thread may use the magazines, 0 while it may not.
    @usableFromInline let owner: Atomic<UInt>
    /// 1 while the thread is in a section.
    @usableFromInline let busy: Atomic<UInt32>
    /// The core, until it is closed. Guarded by `BlockCache.registry`, and constant before.
    var core: BlockPoolCore?
    /// Identifies the core for ever, unlike its address.
    let coreID: UInt64
    /// Whether the core has been closed. Guarded by `BlockCache.registry`.
    var isDetached = false

    /// Bytes from the cache to its magazines.
    @inlinable static var size: Int { 64 }

    /// Orders threads that end against pools that close. Taken before a pool's own lock.
    static let registry = Mutex<Void>(())

    init(core: BlockPoolCore, onEnd: @escaping @convention(c) (UnsafeMutableRawPointer) -> Void) {
        unsafe self.threadEnded = onEnd
        self.owner = Atomic(0)
        self.busy = Atomic(0)
        self.core = core
        self.coreID = core.id
    }

    func isFor(_ core: BlockPoolCore) -> Bool { coreID == core.id }
}

/// The free blocks of one size class that a thread keeps.
@usableFromInline
@safe
struct Magazine: ~Copyable {
    /// The block to hand out next.
    @usableFromInline var head: UnsafeMutablePointer<BlockHeader>?
    /// Blocks put on the list and taken off it so far. Two counters that only grow keep the two operations from
    /// waiting for each other's result. Atomic so that statistics may read them at any time; only the list's user
    /// writes them.
    @usableFromInline let given: Atomic<UInt>
    @usableFromInline let taken: Atomic<UInt>
    /// The count at which half of the blocks go to the depot.
    @usableFromInline var limit: UInt
    /// `taken` when the pool was last trimmed.
    var takenAtTrim: UInt = 0

    init(limit: UInt) {
        unsafe self.head = nil
        self.given = Atomic(0)
        self.taken = Atomic(0)
        self.limit = limit
    }

    /// Blocks on the list.
    @inlinable var count: UInt { given.load(ordering: .relaxed) &- taken.load(ordering: .relaxed) }

    /// Whether half of the blocks should go before another comes.
    @inlinable var isFull: Bool { count >= limit }

    /// Takes the first block off. The caller is in a section or holds the pool's lock with the owner shut out.
    @inlinable
    mutating func take() -> UnsafeMutablePointer<BlockHeader>? {
        guard let block = unsafe head else { return nil }
        unsafe head = block.pointee.next
        taken.store(taken.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        return unsafe block
    }

    /// Takes the first block off without counting a hit. As for `take`.
    mutating func pop() -> UnsafeMutablePointer<BlockHeader>? {
        guard let block = unsafe head else { return nil }
        unsafe head = block.pointee.next
        given.store(given.load(ordering: .relaxed) &- 1, ordering: .relaxed)
        return unsafe block
    }

    /// Puts a block in front. As for `take`.
    @inlinable
    mutating func push(_ block: UnsafeMutablePointer<BlockHeader>) {
        unsafe block.pointee.next = head
        unsafe head = block
        given.store(given.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }
}

extension UnsafeMutablePointer where Pointee == BlockCache {
    /// Begins a section. Whether the magazines may be used; `leave` is due either way.
    @inlinable
    func enter(_ core: UInt) -> Bool {
        unsafe pointee.busy.store(1, ordering: .relaxed)
        millpond_compiler_barrier()
        return unsafe pointee.owner.load(ordering: .acquiring) == core
    }

    /// Ends a section.
    @inlinable
    func leave() {
        unsafe pointee.busy.store(0, ordering: .releasing)
    }

    /// The magazine of a size class.
    @inlinable
    func magazine(_ sizeClass: Int) -> UnsafeMutablePointer<Magazine> {
        unsafe (UnsafeMutableRawPointer(self) + BlockCache.size).assumingMemoryBound(to: Magazine.self) + sizeClass
    }

    static func make(for core: BlockPoolCore) -> Self {
        let byteCount = BlockCache.size + SizeClass.count * MemoryLayout<Magazine>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        let cache = unsafe memory.bindMemory(to: BlockCache.self, capacity: 1)
        unsafe cache.initialize(
            to: BlockCache(core: core, onEnd: blockCacheThreadEnded))
        let magazines = unsafe (memory + BlockCache.size).bindMemory(to: Magazine.self, capacity: SizeClass.count)
        for index in 0..<SizeClass.count {
            let limit = min(BlockPoolCore.initialDepth, core.deepest(index))
            unsafe (magazines + index).initialize(to: Magazine(limit: limit))
        }
        return unsafe cache
    }

    func destroy() {
        for index in 0..<SizeClass.count { unsafe magazine(index).deinitialize(count: 1) }
        unsafe deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(self).deallocate()
    }
}

/// The thread is ending: its blocks go to the depot, and the cache goes unless its pool is still to let go of it.
private func blockCacheThreadEnded(_ entry: UnsafeMutableRawPointer) {
    let cache = unsafe entry.assumingMemoryBound(to: BlockCache.self)
    BlockCache.registry.withLock { _ in
        if unsafe !cache.pointee.isDetached, let core = unsafe cache.pointee.core {
            unsafe core.forget(cache)
        }
    }
    unsafe cache.destroy()
}
