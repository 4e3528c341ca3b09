/// Deadlines and bounds of one connection. The defaults are safe on the open internet.
public struct ChannelOptions: Sendable {
    /// How long a read, or a parked connection, waits for the peer. 60 s.
    public var readTimeout: Duration = .seconds(60)
    /// How long queued bytes may wait without the peer taking any. 30 s.
    public var writeTimeout: Duration = .seconds(30)
    /// The most bytes that may be queued for the peer. 4 MiB. See ``OutboxPolicy``.
    public var outboxLimit: Int = 4 << 20
    /// Bytes in the outbox above which ``Channel/flush()`` waits. 256 KiB.
    public var outboxHighWater: Int = 256 << 10
    /// What happens to bytes that would exceed `outboxLimit`.
    public var outboxPolicy: OutboxPolicy = .disconnect
    /// How long a connection that this side has closed goes on discarding what the peer still sends, so that the last
    /// bytes sent are not lost to a reset (RFC 9112, section 9.6). 2 s; zero closes at once.
    public var lingerTimeout: Duration = .seconds(2)
    /// The size of the kernel's send and receive buffers; nil leaves them to the kernel.
    public var socketBufferSize: Int?

    public init() {}
}

/// What happens to bytes that would take an outbox over its bound. A sender that would rather wait calls
/// ``Channel/flush()`` between its writes.
public enum OutboxPolicy: Sendable {
    /// The peer is too slow: the connection is closed with ``CloseReason/outboxOverflow``.
    case disconnect
    /// The bytes are dropped and the write throws `IOError.backlogExceeded`; the connection lives on.
    case refuse
}
