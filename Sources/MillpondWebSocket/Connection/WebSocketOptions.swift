/// Bounds and deadlines of a WebSocket connection. The defaults are safe on the open internet.
public struct WebSocketOptions: Sendable {
    /// Bytes that a message may have in all its fragments; a longer one closes the connection with `messageTooBig`.
    /// 1 MiB.
    public var maximumMessageSize = 1 << 20
    /// How long the peer may send nothing at all. 2 minutes.
    public var idleTimeout: Duration = .seconds(120)
    /// How long a message may take from its first byte to its last. 30 s.
    public var messageTimeout: Duration = .seconds(30)
    /// Asks a silent peer for a sign of life at this interval, instead of waiting for `idleTimeout`. Nil, the default,
    /// sends no pings: some clients do not take a frame they have not asked for.
    public var pingInterval: Duration?
    /// How long the peer may take to answer a ping, or to send anything else. 20 s.
    public var pongTimeout: Duration = .seconds(20)
    /// How long the peer may take for its part in closing; longer only while it is still taking what was queued before,
    /// for which the channel's write time-out holds. 5 s.
    public var closeTimeout: Duration = .seconds(5)

    public init() {}
}
