public import MillpondPools

/// A queue of bytes in pooled blocks: what was read and not yet consumed, or written and not yet sent.
///
///     first          ring (in a block of its own, only while there is more than one segment)
///     ┌────────┐     ┌────────┬────────┬────────┐
///     │ ▓▓▓▓▓▓ │ ──▶ │ ▓▓▓▓▓▓ │ static │ ▓▓▓░░░ │
///     └────────┘     └────────┴────────┴────────┘
///                                          └─┬─┘ tailRoom: only this chain may write there
///
/// - An empty chain owns nothing: neither a block nor heap memory. A block is given back as soon as its last byte was
///   consumed.
/// - Bytes are copied in (`append(copying:)`), referred to (`append(_: SharedBytes)`), or read straight into the last
///   block's remaining room (`withTailRoom`).
/// - Pieces are taken out without copying (`takeFirst`, `takeFirstShared`): the blocks are then shared.
/// - Only bytes that the chain read or copied itself are ever changed in place; what was referred to is copied first.
///
/// Sendable, because it has one owner, shared blocks are immutable and counted atomically, and any thread may release a
/// block.
@safe
public struct ByteChain: ~Copyable, @unchecked Sendable {
    /// The segment at the front; no other segment exists while it is empty.
    @usableFromInline var first: ByteSegment
    /// Bytes in the segments of the ring.
    @usableFromInline var laterCount: Int
    /// Bytes after the end of the last segment which this chain may write.
    @usableFromInline var tailRoom: UInt32
    @usableFromInline var ringHead: UInt32
    @usableFromInline var ringCount: UInt32
    /// A power of two, or 0 without a ring.
    @usableFromInline var ringCapacity: UInt32
    @usableFromInline var ring: UnsafeMutablePointer<BlockHeader>?
    /// Where blocks come from.
    public let pool: BlockPool

    /// An empty chain, which takes its blocks from `pool` when it needs some.
    @inlinable
    public init(pool: BlockPool = .shared) {
        unsafe self.first = .empty
        self.laterCount = 0
        self.tailRoom = 0
        self.ringHead = 0
        self.ringCount = 0
        self.ringCapacity = 0
        unsafe self.ring = nil
        self.pool = pool
    }

    @inlinable
    deinit {
        if unsafe first.length != 0 { unsafe first.release() }
        // An empty chain may have one, for segments that did not come.
        guard let ring = unsafe ring else { return }
        for index in 0..<ringCount {
            let slot = Int((ringHead &+ index) & (ringCapacity &- 1))
            unsafe ByteChain.slots(of: ring)[slot].release()
        }
        unsafe ring.release()
    }

    /// All bytes in the chain.
    @inlinable
    public var count: Int { unsafe first.count &+ laterCount }

    @inlinable
    public var isEmpty: Bool { unsafe first.length == 0 }

    /// The number of contiguous pieces.
    @inlinable
    public var segmentCount: Int { unsafe first.length == 0 ? 0 : 1 &+ Int(ringCount) }

    /// The bytes at the front that lie in one piece.
    @inlinable
    public var firstSegmentCount: Int { unsafe first.count }

    /// How many bytes can be appended without taking another block.
    @inlinable
    public var tailRoomCount: Int { Int(tailRoom) }
}
