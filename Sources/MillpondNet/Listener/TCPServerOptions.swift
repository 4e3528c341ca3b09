/// Bounds and deadlines of a server and its connections.
public struct TCPServerOptions: Sendable {
    /// The most connections open at once. 100 000. At the limit the server stops accepting: further ones wait in the
    /// kernel's queue (`backlog`) until one ends.
    public var maximumConnections: Int = 100_000
    /// The most connections open at once from one remote address; nil, the default, for no limit, since behind a proxy
    /// all come from one. Beyond, a connection is closed as soon as it is accepted. Unix sockets are not counted.
    public var maximumConnectionsPerAddress: Int?
    /// Whether IPv6 addresses count together by their network, the first 64 bits: a host in it has as many addresses as
    /// it likes. True.
    public var countsIPv6ByNetwork: Bool = true
    /// How many connections may wait in the kernel for being accepted. 1024; the kernel's `somaxconn` bounds it too.
    public var backlog: Int32 = 1024
    /// Connections accepted in one turn of a reactor before the others get their turn. 64.
    public var acceptsPerTurn: Int = 64
    /// Deadlines and bounds of each connection.
    public var channel = ChannelOptions()
    /// Permissions of a Unix socket's file; nil leaves them to the umask.
    public var unixSocketMode: UInt32?

    public init() {}
}
