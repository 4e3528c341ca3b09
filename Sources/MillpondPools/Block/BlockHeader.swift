public import Synchronization

/// The 64 bytes in front of every payload.
///
///     slab ──┬────────┬─────────────────┬────────┬─────────────────┬── …
///            │ header │ payload         │ header │ payload         │
///            │ 64 B   │ capacity bytes  │ 64 B   │ capacity bytes  │
///            └────────┴─────────────────┴────────┴─────────────────┴── …
///
/// While a block is free or has one owner its count is 1, so taking and returning a block never touch the count; only
/// sharing does. `next` belongs to whichever free list holds the block and means nothing while the block is out.
@usableFromInline
@safe
package struct BlockHeader: ~Copyable, Pooling {
    /// The next block of the free list this one is on.
    @usableFromInline var next: UnsafeMutablePointer<BlockHeader>?
    /// The address of the pool's core, which outlives its blocks; 0 for memory of somebody else's.
    @usableFromInline let core: UInt
    /// The slab the block was carved from.
    @usableFromInline let slab: UnsafeMutablePointer<Slab>
    /// The thread slot of the pool.
    @usableFromInline let slot: UInt32
    /// Bytes of payload.
    @usableFromInline let capacity: UInt32
    /// Index into `SizeClass`.
    @usableFromInline let sizeClass: UInt8
    /// References to the block: 1 while it is free or uniquely owned.
    @usableFromInline let references: Atomic<UInt32>

    init(core: UInt, slab: UnsafeMutablePointer<Slab>, slot: UInt32, sizeClass: Int) {
        unsafe self.next = nil
        self.core = core
        unsafe self.slab = slab
        self.slot = slot
        self.capacity = UInt32(SizeClass.capacity(at: sizeClass))
        self.sizeClass = UInt8(sizeClass)
        self.references = Atomic(1)
    }

    /// The header of memory that no pool has: see `ReferredMemory`.
    init(slot: UInt32) {
        unsafe self.next = nil
        self.core = 0
        // Never followed: only the core of a block looks at it.
        unsafe self.slab = UnsafeMutablePointer(bitPattern: BlockHeader.size).unsafelyUnwrapped
        self.slot = slot
        self.capacity = 0
        self.sizeClass = 0
        self.references = Atomic(1)
    }

    /// Bytes from a block's header to its payload. A whole cache line, so that payloads are aligned to one.
    @inlinable package static var size: Int { 64 }
}

/// A block by its header: the unchecked currency of the layers that manage references by hand.
///
/// One pointer stands for one reference unless a comment says otherwise. These operations are what `Block` and
/// `SharedBytes` are made of; use those where they suffice.
extension UnsafeMutablePointer where Pointee == BlockHeader {
    /// The first byte of the payload, aligned to 64.
    @inlinable
    package var payload: UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(self) + BlockHeader.size
    }

    /// Bytes of payload.
    @inlinable
    package var capacity: Int { unsafe Int(pointee.capacity) }

    /// Adds a reference.
    @inlinable
    package func retain() {
        unsafe pointee.references.wrappingAdd(1, ordering: .relaxed)
    }

    /// Whether the caller's reference is the only one. The caller may then write the whole payload.
    @inlinable
    package var isUnique: Bool {
        unsafe pointee.references.load(ordering: .acquiring) == 1
    }

    /// Gives up a reference; the last one returns the block to its pool. From any thread.
    @inlinable
    package func release() {
        // A sole owner needs no atomic subtraction: nobody else can add a reference.
        if unsafe pointee.references.load(ordering: .acquiring) != 1 {
            let left = unsafe pointee.references.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
            if left != 0 { return }
            unsafe pointee.references.store(1, ordering: .relaxed)
        }
        unsafe BlockPool.putBack(self)
    }
}
