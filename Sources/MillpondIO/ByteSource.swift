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

    /// Whether the bytes are in blocks already, which a reader can take instead of copying them: it then calls
    /// `readBlocks(into:)` and never `read(into:)`. False unless a source says otherwise.
    static var suppliesBlocks: Bool { get }

    /// Moves what is there to the end of `chain`; otherwise as `read(into:)`.
    mutating func readBlocks(into chain: inout ByteChain) throws(IOError) -> ReadOutcome

    /// The descriptor that the kernel may read in the source's place, from where the source stands; nil, the default,
    /// when there is none. See `copy(from:to:limit:)`.
    mutating func transferDescriptor() throws(IOError) -> Int32?

    /// Tells the source that a system call on its descriptor has not got on: `EAGAIN` when nothing is there, or what
    /// it failed with.
    mutating func transferStopped(errno: Int32)
}

extension ByteSource where Self: ~Copyable {
    @inlinable
    public static var suppliesBlocks: Bool { false }

    @inlinable
    public mutating func readBlocks(into chain: inout ByteChain) throws(IOError) -> ReadOutcome {
        preconditionFailure("a source that supplies blocks implements readBlocks(into:)")
    }

    @inlinable
    public mutating func transferDescriptor() throws(IOError) -> Int32? { nil }

    @inlinable
    public mutating func transferStopped(errno: Int32) {}
}
