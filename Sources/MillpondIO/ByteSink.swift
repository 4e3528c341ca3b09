/// What one attempt to write brought.
public enum WriteOutcome: Equatable, Sendable {
    /// The whole chain was taken.
    case complete
    /// Some of it may have been taken; `waitUntilWritable()` tells when to go on.
    case wouldBlock
}

/// Where bytes go: a socket, a file, memory.
public protocol ByteSink: ~Copyable {
    /// Takes bytes from the front of `chain` and removes what it took; never waits for a peer.
    ///
    /// An error is about the sink: the writer keeps it and does not try again.
    mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome

    /// Takes bytes straight from memory of the caller's, which it must not keep, and returns how many; 0, the default,
    /// when it takes only chains. Called with nothing else on the way, and with many bytes only.
    mutating func write(direct bytes: RawSpan) throws(IOError) -> Int

    /// Returns when `write(_:)` is likely to get on.
    ///
    /// Throws `IOError` or `CancellationError`. An error here is about this wait; the bytes are still in the chain.
    mutating func waitUntilWritable() async throws

    /// The descriptor that the kernel may write in the sink's place, at a moment when all bytes that the sink has taken
    /// before have left and it is likely to take more; waits for that moment. Nil, the default, when there is none. See
    /// `copy(from:to:limit:)`.
    ///
    /// Throws as `waitUntilWritable()`.
    mutating func transferDescriptor() async throws -> Int32?

    /// Tells the sink that a system call on its descriptor has not got on: `EAGAIN` when there is no room, or what it
    /// failed with.
    mutating func transferStopped(errno: Int32)
}

extension ByteSink where Self: ~Copyable {
    @inlinable
    public mutating func write(direct bytes: RawSpan) throws(IOError) -> Int { 0 }

    @inlinable
    public mutating func transferDescriptor() async throws -> Int32? { nil }

    @inlinable
    public mutating func transferStopped(errno: Int32) {}
}
