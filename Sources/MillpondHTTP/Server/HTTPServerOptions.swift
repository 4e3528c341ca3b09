public import MillpondNet

/// Bounds and deadlines of an HTTP server. The defaults are safe on the open internet.
public struct HTTPServerOptions: Sendable {
    /// Bounds on a request's head.
    public var head = HTTPHeadLimits()
    /// How long a head may take from its first byte to its last. 20 s. Beyond: 408.
    public var headerTimeout: Duration = .seconds(20)
    /// How long a connection may stay open between requests. 75 s.
    public var keepAliveTimeout: Duration = .seconds(75)
    /// How long a request's content may go without a byte. 30 s.
    public var bodyTimeout: Duration = .seconds(30)
    /// The most content that is read when the reader of it names no limit. 1 MiB. Beyond: 413.
    public var bodyLimit: Int = 1 << 20
    /// Content that a handler left unread is skipped up to this many bytes, so that the connection can be kept; beyond,
    /// it is closed. 256 KiB.
    public var drainLimit: Int = 256 << 10
    /// Requests after which a connection is closed. No limit.
    public var requestsPerConnection: Int = .max
    /// The value of the `Server` field; nil sends none.
    public var serverName: StaticString?
    /// Told of every error that ended a request: thrown by a handler, or the reason a request was refused. Called on
    /// the connection's reactor; must not block.
    public var onError: (@Sendable (any Error) -> Void)?
    /// The listener's and its connections' bounds. `readTimeout` is set by the server.
    public var listener = TCPServerOptions()

    public init() {}
}
