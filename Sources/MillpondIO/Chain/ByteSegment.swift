public import MillpondPools

/// One contiguous piece of a chain: `length` bytes at `start`, inside the block of `header`.
///
/// A plain value: who holds it holds one reference to the block, and gives it back with `release()`. Without a header
/// the memory is static and never goes away. This file and the chain are the only places that see it, and the only ones
/// where references are counted by hand.
@usableFromInline
@unsafe
struct ByteSegment {
    @usableFromInline var header: UnsafeMutablePointer<BlockHeader>?
    @usableFromInline var start: UnsafeMutableRawPointer
    @usableFromInline var length: UInt32
    /// Whether nobody else sees these bytes, so that they may be changed in place: true of what was read or copied into
    /// the chain, false of what came as `SharedBytes`.
    @usableFromInline var isExclusive: Bool

    @inlinable
    init(header: UnsafeMutablePointer<BlockHeader>?, start: UnsafeMutableRawPointer, count: Int, isExclusive: Bool) {
        unsafe self.header = unsafe header
        unsafe self.start = unsafe start
        unsafe self.length = UInt32(truncatingIfNeeded: count)
        unsafe self.isExclusive = isExclusive
    }

    /// No bytes, no block. The pointer is never followed.
    @inlinable
    static var empty: ByteSegment {
        unsafe ByteSegment(
            header: nil, start: UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped, count: 0, isExclusive: false)
    }

    @inlinable var count: Int { unsafe Int(truncatingIfNeeded: length) }
    @inlinable var end: UnsafeMutableRawPointer { unsafe start + count }

    @inlinable
    func retain() {
        if let header = unsafe header { unsafe header.retain() }
    }

    @inlinable
    func release() {
        if let header = unsafe header { unsafe header.release() }
    }

    /// The first `count` bytes as a segment of their own; the caller owns a new reference.
    @inlinable
    func retainedPrefix(_ count: Int) -> ByteSegment {
        unsafe retain()
        return unsafe ByteSegment(header: header, start: start, count: count, isExclusive: isExclusive)
    }

    @inlinable
    mutating func removeFirst(_ count: Int) {
        unsafe start += count
        unsafe length &-= UInt32(truncatingIfNeeded: count)
    }
}
