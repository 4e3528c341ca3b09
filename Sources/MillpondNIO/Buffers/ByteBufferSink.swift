public import MillpondIO
public import NIOCore

/// A sink that collects what it is given in a buffer: a `BufferedWriter` before NIO's `write`.
///
/// Every byte is copied, once.
public struct ByteBufferSink: ByteSink, ~Copyable {
    /// Everything written so far and not yet taken.
    public var buffer: ByteBuffer

    /// A sink that writes to the end of `buffer`.
    public init(_ buffer: consuming ByteBuffer = ByteBuffer()) { self.buffer = buffer }

    /// A sink with room for `capacity` bytes.
    public init(capacity: Int, allocator: ByteBufferAllocator = ByteBufferAllocator()) {
        buffer = allocator.buffer(capacity: capacity)
    }

    public mutating func write(_ chain: inout ByteChain) throws(MillpondIO.IOError) -> WriteOutcome {
        buffer.writeChain(chain)
        chain.removeAll()
        return .complete
    }

    public mutating func waitUntilWritable() async throws {}
}
