public import MillpondNet

/// What a transport may open and keep, and how long anything may take. Numbers of connections are for each reactor: a
/// transport has a pool on each of its reactors, and connections do not move between them.
public struct TransportOptions: Sendable {
    /// Connections that may be open or being dialled at a time, of all keys. 1024.
    public var maximumOpen = 1024
    /// The same for each key (scheme, host, port, Unix path, proxy); beyond it requests wait in turn. 256.
    public var maximumOpenPerHost = 256
    /// Idle connections that are kept, of all keys; beyond it the one longest idle is closed. 256.
    public var maximumIdle = 256
    /// The same for each key. 64.
    public var maximumIdlePerHost = 64
    /// How long a connection may be idle before it is closed. 90 s; nil for ever.
    public var idleTimeout: Duration? = .seconds(90)
    /// How old a connection may become; nil for ever. One in use is closed when its response is over.
    public var maximumLifetime: Duration?
    /// Requests that may wait for a connection at a time. 10 000.
    public var maximumWaiters = 10_000
    /// Whether connections are kept at all. Without, each request sends `Connection: close` and dials.
    public var keepsConnections = true

    /// How long a dial may take, look-up and all addresses together. 10 s.
    public var dialTimeout: Duration = .seconds(10)
    /// The times of requests that name none.
    public var timeouts = HTTPClientTimeouts()
    /// How often a request may be sent again because the connection it went out on had died while it was idle. The last
    /// attempt goes out on a new connection if one can be had. 4.
    public var maximumRetries = 4

    /// Bounds on a response's head. 64 KiB, 200 fields, a status line of 8 KiB.
    public var head: HTTPHeadLimits
    /// Interim responses (1xx) that may come before one response. 16.
    public var maximumInterim = 16
    /// Content that the scope of a response left unread is read and forgotten up to this many bytes, so that the
    /// connection can be kept; beyond, it is closed. 256 KiB.
    public var drainLimit = 256 << 10
    /// How long that may take. 2 s.
    public var drainTimeout: Duration = .seconds(2)

    /// How far compressed content may expand, where a request accepts such; see
    /// ``HTTPClientRequest/acceptsCompression``.
    public var inflateLimits = InflateLimits()

    /// The value of `User-Agent` where a request has none; nil sends none.
    public var userAgent: String? = "millpond"
    /// The connections' bounds; `readTimeout` is set by the client.
    public var channel = ChannelOptions()

    public init() {
        head = HTTPHeadLimits()
        head.bytes = 64 << 10
        head.fieldCount = 200
        channel.outboxHighWater = 256 << 10
    }
}
