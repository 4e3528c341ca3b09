/// What one attempt to read brought.
public enum ReadOutcome: Equatable, Sendable {
    /// So many bytes were appended. Zero is allowed, and means "ask again".
    case bytes(Int)
    /// Nothing there now; `waitUntilReadable()` tells when to ask again.
    case wouldBlock
    /// Nothing will come any more.
    case endOfStream
}

/// Where bytes come from: a socket, a file, memory.
///
/// Reading and waiting are two calls, so that the fast path is synchronous and a reader can give its buffer back before
/// it waits.
public protocol ByteSource: ~Copyable {
    /// Appends what is there to `output`, at most its free capacity (never 0), and never waits for a peer.
    ///
    /// An error is about the source, not about this attempt: the reader keeps it and does not ask again.
    mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome

    /// Returns when `read(into:)` is likely to get on: bytes, end, or an error.
    ///
    /// Throws `IOError` or `CancellationError`. An error here (a deadline, a cancelled task) is about this wait: the
    /// stream is intact and may be read on.
    mutating func waitUntilReadable() async throws
}
