/// A source that yields an array's bytes, as many at a time as the reader has room for.
public struct MemorySource: ByteSource, ~Copyable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position: Int

    /// A source that yields `bytes` and then ends.
    @inlinable
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.position = 0
    }

    /// A source that yields a string's UTF-8 and then ends.
    @inlinable
    public init(utf8 string: String) { self.init(Array(string.utf8)) }

    /// How many bytes are left.
    @inlinable
    public var remaining: Int { bytes.count &- position }

    @inlinable
    public mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        let count = min(output.freeCapacity, remaining)
        guard count > 0 else { return remaining == 0 ? .endOfStream : .bytes(0) }
        // Bytes have no padding.
        output.append(copying: unsafe bytes.span.bytes.extracting(position..<position &+ count))
        position &+= count
        return .bytes(count)
    }

    @inlinable
    public mutating func waitUntilReadable() async throws {}
}
