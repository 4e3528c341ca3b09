public import MillpondIO
public import MillpondNet

/// Opens WebSocket connections to one server, each with a handler and none with a task: for whoever opens a great many.
///
/// A task that waits for its connection has ``WebSocketClient``.
public final class WebSocketDialer: Sendable {
    let connector: Connector
    let request: HandshakeRequest
    let timeout: UInt64
    private let settings: WebSocketSettings

    /// - Parameters:
    ///   - request: what to ask for; its `timeout` is for the connection and the handshake together.
    ///   - address: one of the host's.
    /// - Throws: `WebSocketError.invalidArgument` when a field of the request would bring in another.
    public init(_ request: WebSocketClient.Request, address: SocketAddress) throws(WebSocketError) {
        self.request = try HandshakeRequest(request)
        connector = Connector(address: address, timeout: request.timeout, options: request.channel)
        timeout = request.timeout.clampedNanoseconds
        settings = WebSocketSettings(request.options)
    }

    /// Begins to connect, and returns at once. The caller runs on a reactor, to which the connection will belong.
    ///
    /// When the handshake is done the handler's ``WebSocketHandler/opened(_:)`` is called; to send before throws
    /// `IOError.closed`. When the connection does not come about, only ``WebSocketHandler/failed(_:_:)`` is called.
    ///
    /// - Throws: `IOError.system` when the system refuses at once, or the reactors were shut down.
    @discardableResult
    public func open(handler: any WebSocketHandler) throws(IOError) -> WebSocket {
        let driver = try connector.open { channel -> HandshakeDriver in
            let socket = WebSocket(channel: channel, role: .client, settings: settings, handler: handler)
            socket.state.insert(.dialing)
            return HandshakeDriver(socket, dialer: self)
        }
        return driver.socket
    }
}

/// Runs the handshake of a connection that no task waits for, then leaves it to the socket.
final class HandshakeDriver: ConnectionDriver {
    let socket: WebSocket
    private let dialer: WebSocketDialer
    private let deadline: UInt64
    private var handshake: ClientHandshake?
    // Of this layer or of that below; made only when the attempt fails.
    private var failure: (any Error)?

    init(_ socket: WebSocket, dialer: WebSocketDialer) {
        self.socket = socket
        self.dialer = dialer
        deadline = socket.channel.reactor.monotonicNanoseconds &+ dialer.timeout
        super.init(channel: socket.channel)
    }

    override var startsImmediately: Bool { true }

    override func run() async -> Next {
        do {
            if let handshake {
                guard try handshake.advance() else { return .park }
                socket.state.remove(.dialing)
                return .handOver(to: socket)
            }
            handshake = try ClientHandshake(socket, dialer.request)
            channel.setReadDeadline(at: deadline)
            return .park
        } catch {
            failure = error
            channel.close(.protocolError)
            return .close
        }
    }

    override func closed(_ reason: CloseReason) {
        if failure == nil, reason == .readTimedOut { failure = WebSocketError.timedOut }
        socket.openingFailed(failure ?? dialer.connector.error(for: reason))
    }
}
