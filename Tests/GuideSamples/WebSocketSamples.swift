import MillpondHTTP
import MillpondNet
import MillpondWebSocket

/// `websocket.md`: a server.
enum WebSocketServerSample {
    static func run(_ group: ReactorGroup) {
        final class Echo: WebSocketHandler, Sendable {
            func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
                try socket.send(payload, as: kind)
                return true
            }
        }

        let echo = Echo()
        let server = HTTPServer(group: group) { request, response in
            try await response.upgradeToWebSocket(request) { WebSocket(channel: $0, handler: echo) }
        }
        _ = server
    }
}

/// `websocket.md`: a client.
enum WebSocketClientSample {
    static func run() async throws {
        let socket = try await WebSocketClient.connect(to: "ws://127.0.0.1:9001/")
        try socket.send("hello")
        let count = try await socket.receive { kind, payload in payload.byteCount }
        try await socket.finish()
        print(count ?? 0)
    }
}
