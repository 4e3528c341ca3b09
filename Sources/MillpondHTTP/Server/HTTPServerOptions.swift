public import MillpondNet

/// Bounds and deadlines of an HTTP server. The defaults are safe on the open internet.
public struct HTTPServerOptions: Sendable {
    /// Bounds on a request's head.
    public var head = HTTPHeadLimits()
    /// How long a head may take from its first byte to its last. 20 s. Beyond: 408.
    public var headTimeout: Duration = .seconds(20)
    /// How long a connection may stay open between requests. 75 s.
    public var keepAliveTimeout: Duration = .seconds(75)
    /// How long a request's content may go without a byte while its reader waits for it. 30 s. Beyond, the read throws,
    /// and a handler that does not catch it answers with 408.
    public var bodyTimeout: Duration = .seconds(30)
    /// Bytes a second that a request's content must come at on average, beyond `bodyGrace`. Only time in which the
    /// server waits for the client counts. 240; 0 for no bound. Below it, as with `bodyTimeout`.
    public var bodyRate: Int = 240
    /// How long the content may be waited for, in all, before `bodyRate` holds. 20 s.
    public var bodyGrace: Duration = .seconds(20)
    /// How long a handler may take until the head of its response leaves, not counting what it waits for content. 60 s;
    /// nil for no bound. Beyond, the server answers 503 in its place, closes the connection and cancels the handler's
    /// task. A response that has begun is bounded by `listener.channel.writeTimeout` alone, so downloads and event
    /// streams may last.
    public var requestTimeout: Duration? = .seconds(60)
    /// Whether the handler's task is cancelled when the client shuts down its sending side while it waits for the
    /// answer: that is all that is seen of a client that goes away, though some shut down and wait. True. Those still
    /// get what a handler sends that does not heed the cancellation. A connection that breaks always cancels.
    public var cancelsOnHalfClose: Bool = true
    /// Whether CONNECT reaches the handler, which may then take the connection over. False: it is answered with 501.
    public var allowsConnect: Bool = false
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
