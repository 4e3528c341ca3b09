internal import MillpondIO
public import MillpondNet

/// Opens WebSocket connections.
public enum WebSocketClient {
    /// What a client asks the server for, and what it grants the connection.
    public struct Request: Sendable {
        public var url: WebSocketURL
        /// Further fields of the request, such as `Origin`, `Authorization` or `Cookie`.
        public var fields: [(name: String, value: String)] = []
        /// Subprotocols in order of preference.
        public var subprotocols: [String] = []
        public var options = WebSocketOptions()
        public var channel = ChannelOptions()
        /// For the host's addresses, the connection and the handshake together. 10 s.
        public var timeout: Duration = .seconds(10)

        /// - Throws: `invalidURL`.
        public init(_ url: String) throws(WebSocketError) { self.url = try WebSocketURL(url) }

        public init(_ url: WebSocketURL) { self.url = url }
    }

    /// Opens a connection whose messages the calling task asks for with ``WebSocket/receive(_:)``. The task must run on
    /// a reactor, to which the connection will belong.
    ///
    /// - Throws: ``WebSocketError``: `invalidURL`, `rejected`, `invalidResponse`, and `timedOut` when the answer to the
    ///   handshake is late; `ResolverError`; `IOError`, with `timedOut` when there is no connection in time;
    ///   `CancellationError`.
    public static func connect(to url: String) async throws -> WebSocket {
        try await connect(Request(url))
    }

    /// The same with more to say.
    ///
    /// - Throws: as ``connect(to:)``; `invalidArgument` when a field of the request would bring in another.
    public static func connect(_ request: Request) async throws -> WebSocket {
        try await open(request, handler: nil)
    }

    /// Opens a connection whose messages go to a handler; it holds no task while it waits.
    ///
    /// - Throws: as ``connect(_:)``.
    @discardableResult
    public static func connect(_ request: Request, handler: any WebSocketHandler) async throws -> WebSocket {
        let socket = try await open(request, handler: handler)
        socket.channel.start(socket)
        return socket
    }

    private static func open(_ request: Request, handler: (any WebSocketHandler)?) async throws -> WebSocket {
        let clock = ContinuousClock()
        let end = clock.now + request.timeout
        let channel = try await Channel.connect(
            host: request.url.host, port: request.url.port, timeout: request.timeout, options: request.channel)
        let settings = WebSocketSettings(request.options)
        let socket = WebSocket(channel: channel, role: .client, settings: settings, handler: handler)
        do {
            try await handshake(socket, request, timeout: clock.now.duration(to: end))
        } catch {
            channel.close()
            throw error
        }
        return socket
    }

    private static func handshake(_ socket: WebSocket, _ request: Request, timeout: Duration) async throws {
        let handshake = try ClientHandshake(socket, HandshakeRequest(request))
        socket.channel.setReadDeadline(timeout)
        var source = SocketSource(socket.channel)
        while try !handshake.advance() {
            do {
                try await source.waitUntilReadable()
            } catch let error as IOError where error.code == .timedOut {
                throw WebSocketError.timedOut
            }
        }
    }
}
