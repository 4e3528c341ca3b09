public import MillpondIO
public import MillpondPools
public import NIOCore

/// From Millpond to NIO, bytes are copied, once: NIO has no public way to make a buffer of memory that somebody else
/// shares.
extension ByteBuffer {
    /// A buffer with a copy of `bytes`.
    public init(copying bytes: borrowing SharedBytes, allocator: ByteBufferAllocator = ByteBufferAllocator()) {
        self = allocator.buffer(capacity: bytes.count)
        writeBytes(bytes.bytes)
    }

    /// A buffer with a copy of everything in `chain`.
    ///
    /// - Precondition: `chain` has less than 4 GiB, the most that a buffer can hold.
    public init(copying chain: borrowing ByteChain, allocator: ByteBufferAllocator = ByteBufferAllocator()) {
        self = allocator.buffer(capacity: chain.count)
        writeChain(chain)
    }

    /// Copies everything in `chain` to the end, and returns how many bytes that was. The chain keeps them.
    @discardableResult
    public mutating func writeChain(_ chain: borrowing ByteChain) -> Int {
        reserveCapacity(minimumWritableBytes: chain.count)
        chain.forEachSegment { piece in _ = writeBytes(piece) }
        return chain.count
    }
}
