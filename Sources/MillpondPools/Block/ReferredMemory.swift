internal import CMillpond

/// What stands for memory that is no block: a header with the count of references, who keeps the memory alive, and the
/// block that all of this lies in.
///
///     SharedBytes ──header──▶ [block of the pool: [header, count][owner][holder]]
///          │                                               │
///          └────────────────start────────▶ [ bytes ] ◀─────┘ keeps
///
/// The header is the first field, so that its address is that of the whole. Its slot is one in which no thread keeps
/// anything: the last release therefore comes to `BlockPool.putBackSlowly`, where the missing core tells it from a
/// block.
@safe
struct ReferredMemory: ~Copyable {
    let header: BlockHeader
    let owner: Unmanaged<AnyObject>
    let holder: UnsafeMutablePointer<BlockHeader>

    /// Retains `owner` and writes a header with one reference, the caller's, into `block`.
    static func make(
        in block: consuming Block, owner: AnyObject
    ) -> UnsafeMutablePointer<BlockHeader> {
        let holder = unsafe block.detach()
        let place = unsafe holder.payload.bindMemory(to: ReferredMemory.self, capacity: 1)
        unsafe place.initialize(
            to: ReferredMemory(
                header: BlockHeader(slot: UInt32(MILLPOND_SLOTS)), owner: .passRetained(owner), holder: holder))
        return unsafe UnsafeMutableRawPointer(place).assumingMemoryBound(to: BlockHeader.self)
    }

    /// Lets go of the owner and of the block. There must be no reference left.
    static func end(_ header: UnsafeMutablePointer<BlockHeader>) {
        let place = unsafe UnsafeMutableRawPointer(header).assumingMemoryBound(to: ReferredMemory.self)
        let owner = unsafe place.pointee.owner
        let holder = unsafe place.pointee.holder
        unsafe place.deinitialize(count: 1)
        unsafe holder.release()
        unsafe owner.release()
    }
}
