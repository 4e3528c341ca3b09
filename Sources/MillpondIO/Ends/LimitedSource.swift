/// A source that yields at most so many bytes of another, and says whether the limit or the end came first.
///
/// It never asks the base for a byte beyond the limit, so that whoever reads the base afterwards finds what follows.
public struct LimitedSource<Base: ByteSource & ~Copyable>: ByteSource, ~Copyable {
    /// Why no more bytes come.
    public enum Ending: Sendable {
        /// The limit was reached; the base may have more.
        case limit
        /// The base ended before.
        case endOfStream
    }

    /// Where the bytes come from.
    public var base: Base
    @usableFromInline var rest: Int
    @usableFromInline var baseEnded: Bool

    /// A source of the next `limit` bytes of `base`.
    @inlinable
    public init(_ base: consuming Base, limit: Int) {
        precondition(limit >= 0, "a limit of \(limit) bytes")
        self.base = base
        self.rest = limit
        self.baseEnded = false
    }

    /// How many more bytes may come.
    @inlinable
    public var remaining: Int { rest }

    /// Which came first; nil while bytes may come.
    @inlinable
    public var ending: Ending? { remaining == 0 ? .limit : (baseEnded ? .endOfStream : nil) }

    @inlinable
    public mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        guard remaining > 0 else { return .endOfStream }
        let before = output.byteCount
        defer { rest &-= output.byteCount &- before }
        let room = min(remaining, output.freeCapacity)
        let outcome = try output.withFirstFree(room) { (part) throws(IOError) in try base.read(into: &part) }
        if outcome == .endOfStream { baseEnded = true }
        return outcome
    }

    @inlinable
    public mutating func waitUntilReadable() async throws {
        if remaining > 0 { try await base.waitUntilReadable() }
    }
}
