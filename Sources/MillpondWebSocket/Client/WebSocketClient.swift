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
    /// - Throws: ``WebSocketError`` (`invalidURL`, `rejected`, `invalidResponse`, `timedOut`), `IOError`,
    ///   `CancellationError`.
    public static func connect(to url: String) async throws -> WebSocket {
        try await connect(Request(url))
    }

    /// The same with more to say.
    public static func connect(_ request: Request) async throws -> WebSocket {
        try await open(request, handler: nil)
    }

    /// Opens a connection whose messages go to a handler; it holds no task while it waits.
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
        let channel = socket.channel
        let key = WebSocketHandshake.makeKey()
        // Sound: letters have no padding.
        let accept = unsafe WebSocketHandshake.accept(for: key.span.bytes)
        let head = try requestHead(request, key)
        try channel.write(unsafe head.span.bytes)
        channel.setReadDeadline(timeout)
        var source = SocketSource(channel)
        while true {
            let outcome = try socket.input.fill(atLeast: socket.input.count + 1) { output in
                try source.read(into: &output)
            }
            switch outcome {
            case .bytes:
                let bytes = unsafe RawSpan(_unsafeBytes: socket.input.unread)
                let answer = try WebSocketResponse.parse(bytes, accept: accept, subprotocols: request.subprotocols)
                guard let answer else { continue }
                socket.input.removeFirst(answer.count)
                socket.subprotocol = answer.subprotocol
                channel.setReadDeadline(nil)
                return
            case .wouldBlock:
                do {
                    try await source.waitUntilReadable()
                } catch let error as IOError where error.code == .timedOut {
                    throw WebSocketError.timedOut
                }
            case .endOfStream:
                throw WebSocketError.invalidResponse(IOError.unexpectedEnd(needed: 1, got: 0))
            }
        }
    }

    private static func requestHead(
        _ request: Request, _ key: WebSocketHandshake.Key
    ) throws(WebSocketError) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(256)
        head += "GET \(request.url.target) HTTP/1.1\r\nHost: \(request.url.authority)\r\n".utf8
        head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ".utf8
        for index in key.indices { head.append(key[index]) }
        head += "\r\n".utf8
        if !request.subprotocols.isEmpty {
            head += "Sec-WebSocket-Protocol: \(request.subprotocols.joined(separator: ", "))\r\n".utf8
        }
        for field in request.fields { head += "\(field.name): \(field.value)\r\n".utf8 }
        head += "\r\n".utf8
        // No field may bring in another.
        let lines = 7 + (request.subprotocols.isEmpty ? 0 : 1) + request.fields.count
        if head.count(where: { $0 == 0x0A }) != lines || head.count(where: { $0 == 0x0D }) != lines {
            throw .invalidArgument
        }
        return head
    }
}
