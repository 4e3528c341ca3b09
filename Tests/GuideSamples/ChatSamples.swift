import MillpondChat
import MillpondNet

/// `chat.md`: a server in a program of your own.
enum ChatSample {
    static func run() throws {
        let group = try ReactorGroup()
        let chat = try ChatServer(options: ChatOptions(), dataFolder: "./millpond-data", group: group)
        try chat.listen(on: SocketAddress(host: "127.0.0.1", port: 8001)!)  // KIM's TCP framing
        // In the HTTP server: response.upgradeToWebSocket(request) { chat.webSocket(for: $0) }, and
        // chat.guest(body:address:), await chat.health(), chat.metrics() for POST /api/guest, /healthz and /metrics.
    }
}
