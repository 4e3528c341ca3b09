internal import MillpondIO
internal import MillpondNet

/// A client's request for a WebSocket, but for its key: made once, sent any number of times.
struct HandshakeRequest: Sendable {
    let subprotocols: [String]
    private let beforeKey: [UInt8]
    private let afterKey: [UInt8]

    /// - Throws: `invalidArgument` when a field would bring in another.
    init(_ request: WebSocketClient.Request) throws(WebSocketError) {
        subprotocols = request.subprotocols
        let start = "GET \(request.url.target) HTTP/1.1\r\nHost: \(request.url.authority)\r\nUpgrade: websocket\r\n"
        beforeKey = Array("\(start)Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ".utf8)
        var rest = "\r\n"
        if !request.subprotocols.isEmpty {
            rest += "Sec-WebSocket-Protocol: \(request.subprotocols.joined(separator: ", "))\r\n"
        }
        for field in request.fields { rest += "\(field.name): \(field.value)\r\n" }
        afterKey = Array((rest + "\r\n").utf8)
        let lines = 2 + (request.subprotocols.isEmpty ? 0 : 1) + request.fields.count
        if afterKey.count(where: { $0 == 0x0A }) != lines || afterKey.count(where: { $0 == 0x0D }) != lines {
            throw .invalidArgument
        }
    }

    func write(_ key: WebSocketHandshake.Key, to channel: Channel) throws(IOError) {
        try channel.write(capacity: beforeKey.count + key.count + afterKey.count) { output in
            // Sound: letters have no padding.
            unsafe output.append(copying: beforeKey.span.bytes)
            unsafe output.append(copying: key.span.bytes)
            unsafe output.append(copying: afterKey.span.bytes)
        }
    }
}

/// A client's side of the opening handshake (RFC 6455, section 4.1), for a task or a driver to run.
struct ClientHandshake {
    private let socket: WebSocket
    private let request: HandshakeRequest
    private let accept: WebSocketHandshake.Accept

    /// Queues the request.
    init(_ socket: WebSocket, _ request: HandshakeRequest) throws(IOError) {
        self.socket = socket
        self.request = request
        let key = WebSocketHandshake.makeKey()
        // Sound: letters have no padding.
        accept = unsafe WebSocketHandshake.accept(for: key.span.bytes)
        try request.write(key, to: socket.channel)
    }

    /// Reads what has come of the answer.
    ///
    /// - Returns: whether that is all of it; then frames can be exchanged.
    /// - Throws: `WebSocketError`, `IOError`.
    func advance() throws -> Bool {
        var source = SocketSource(socket.channel)
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
                socket.channel.setReadDeadline(nil)
                return true
            case .wouldBlock:
                return false
            case .endOfStream:
                throw WebSocketError.invalidResponse(IOError.unexpectedEnd(needed: 1, got: 0))
            }
        }
    }
}
