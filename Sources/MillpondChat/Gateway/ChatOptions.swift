public import MillpondNet

/// How a chat gateway behaves.
public struct ChatOptions: Sendable {
    /// The first part of channel ids.
    public var name = "millpond"
    /// Signs and checks tokens. KIM's public default: whoever runs this on a public address must set another.
    public var secret = TokenAuthority.publicDefaultSecret
    /// Lets anyone talk to a group, member or not: what KIM's load tool does. Off.
    public var openGroups = false
    /// How long a connection may take to sign in. 10 s.
    public var loginTimeout: Duration = .seconds(10)
    /// How long a client may be silent. 2 minutes.
    public var idleTimeout: Duration = .seconds(120)
    /// How long a frame may take from its first byte to its last, over TCP. 30 s.
    public var frameTimeout: Duration = .seconds(30)
    /// How long a session stays connected after a newer one has taken its account over. 1 s.
    public var kickOutGrace: Duration = .seconds(1)
    /// How long a guest's token is good. 7 days.
    public var guestTokenLifetime: Duration = .seconds(7 * 24 * 3600)
    /// Guests that one address may make in a minute. 10.
    public var guestsPerMinute = 10
    /// The reverse proxy, if there is one, that tells where requests for guests come from. Its port does not matter.
    public var trustedProxy: SocketAddress?
    /// The most connections over TCP at once; further ones wait. 100 000.
    public var maximumConnections = 100_000
    /// How long the store's writer may take to show that it works, for `/healthz`. 2 s.
    public var healthTimeout: Duration = .seconds(2)
    /// The store's bounds.
    public var store = StoreOptions()

    public init() {}
}
