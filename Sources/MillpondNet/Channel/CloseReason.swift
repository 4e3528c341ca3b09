/// Why a connection ended.
public enum CloseReason: Sendable, Equatable, CustomStringConvertible {
    /// This side was done with it.
    case finished
    /// The peer closed its side, and this side had nothing more to say.
    case peerClosed
    /// The peer sent nothing for longer than allowed.
    case readTimedOut
    /// The peer took nothing for longer than allowed.
    case writeTimedOut
    /// The connection was not established in time.
    case connectTimedOut
    /// More bytes were queued for the peer than the outbox may hold, or the pool refused a block for them.
    case outboxOverflow
    /// The protocol above refused what the peer sent.
    case protocolError
    /// The reactor group is shutting down.
    case shutdown
    /// A system call failed with this errno.
    case system(Int32)

    /// A short text with few distinct values, for logs and metrics.
    public var description: String {
        switch self {
        case .finished: "finished"
        case .peerClosed: "peer closed"
        case .readTimedOut: "read timed out"
        case .writeTimedOut: "write timed out"
        case .connectTimedOut: "connect timed out"
        case .outboxOverflow: "outbox overflow"
        case .protocolError: "protocol error"
        case .shutdown: "shutdown"
        case .system(let code): "errno \(code)"
        }
    }
}

/// The two things that a task can wait for on a connection.
enum WaitKind: Sendable {
    case read, write
}
