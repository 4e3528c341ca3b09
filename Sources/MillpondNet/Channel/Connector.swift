public import MillpondIO

/// Opens connections to one address, each with a driver and none with a task: for whoever opens a great many.
///
/// A task that waits for its connection has ``Channel/connect(to:timeout:options:)``.
public final class Connector: Sendable {
    /// The peer.
    public let address: SocketAddress
    private let limits: ChannelLimits
    private let timeout: UInt64

    /// - Parameters:
    ///   - address: the peer.
    ///   - timeout: for a connection to be established.
    ///   - options: the connections' limits and deadlines.
    public init(address: SocketAddress, timeout: Duration = .seconds(10), options: ChannelOptions = .init()) {
        self.address = address
        self.timeout = timeout.clampedNanoseconds
        limits = ChannelLimits(options)
    }

    /// Begins to connect, and returns at once. The caller runs on a reactor, to which the connection will belong.
    ///
    /// The driver runs once the connection is there, as one of a server's does from then on. Where it does not come
    /// about, the driver's ``ConnectionDriver/closed(_:)`` is all that is called; ``error(for:)`` says why.
    ///
    /// - Parameter makeDriver: makes the connection's driver, and is called before `open` returns unless it throws.
    /// - Returns: that driver; to close its channel gives the attempt up.
    /// - Throws: `IOError.system` when the system refuses at once, or the reactors were shut down (`ESHUTDOWN`).
    @discardableResult
    public func open<Driver: ConnectionDriver>(_ makeDriver: (Channel) -> Driver) throws(IOError) -> Driver {
        let channel = try Channel.begin(connectingTo: address, limits: limits)
        let driver = makeDriver(channel)
        if channel.state.contains(.connecting) {
            channel.awaitConnection(for: driver, timeout: timeout)
        } else {
            channel.attach(driver)
        }
        return driver
    }

    /// What ``Channel/connect(to:timeout:options:)`` would have thrown for an attempt that ended so.
    public func error(for reason: CloseReason) -> IOError {
        switch reason {
        case .connectTimedOut: .timedOut
        case .system(let code): .system(errno: code, operation: "connect", subject: "\(address)")
        default: .closed
        }
    }
}
