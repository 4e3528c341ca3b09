/// Two sources, one after the other; more of them by nesting.
///
/// An error of one is an error of the whole.
public struct ConcatenatedSource<First: ByteSource & ~Copyable, Second: ByteSource & ~Copyable>: ByteSource, ~Copyable {
    /// Read until it ends.
    public var first: First
    /// Read from then on.
    public var second: Second
    @usableFromInline var firstEnded: Bool

    /// The bytes of `first`, then those of `second`.
    @inlinable
    public init(_ first: consuming First, _ second: consuming Second) {
        self.first = first
        self.second = second
        self.firstEnded = false
    }

    @inlinable
    public mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        if firstEnded { return try second.read(into: &output) }
        let before = output.byteCount
        let outcome = try first.read(into: &output)
        guard outcome == .endOfStream else { return outcome }
        firstEnded = true
        // Bytes may come with an end.
        return .bytes(output.byteCount &- before)
    }

    @inlinable
    public mutating func waitUntilReadable() async throws {
        if firstEnded { try await second.waitUntilReadable() } else { try await first.waitUntilReadable() }
    }
}
