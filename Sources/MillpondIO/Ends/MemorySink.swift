/// A sink that keeps what it is given.
public struct MemorySink: ByteSink, ~Copyable {
    /// Everything written so far.
    public var bytes: [UInt8]

    /// An empty sink with room for `capacity` bytes.
    @inlinable
    public init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    @inlinable
    public mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        while !chain.isEmpty {
            let count = chain.firstSegmentCount
            chain.withFirstSegment { piece in
                unsafe piece.withUnsafeBytes { buffer in unsafe bytes.append(contentsOf: buffer) }
            }
            chain.removeFirst(count)
        }
        return .complete
    }

    @inlinable
    public mutating func write(direct bytes: RawSpan) throws(IOError) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in unsafe self.bytes.append(contentsOf: buffer) }
        return bytes.byteCount
    }

    @inlinable
    public mutating func waitUntilWritable() async throws {}
}
