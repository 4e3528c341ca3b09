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

    /// Returns when `write(_:)` is likely to get on.
    ///
    /// Throws `IOError` or `CancellationError`. An error here is about this wait; the bytes are still in the chain.
    mutating func waitUntilWritable() async throws
}
