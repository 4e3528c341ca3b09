import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import MillpondWebSocket
import Synchronization

/// `soak-server FOLDER`: what scripts/soak puts under load. Prints its port and serves until it is killed.
@main
enum SoakServer {
    /// Handlers that run.
    static let active = Atomic<Int>(0)
    static let port = Atomic<Int>(0)

    static func main() async throws {
        guard CommandLine.arguments.count == 2 else { fatalError("usage: soak-server FOLDER") }
        let group = try ReactorGroup(count: 2)
        var transport = TransportOptions()
        transport.idleTimeout = .seconds(1)
        let client = HTTPClient(group: group, transport: transport)
        var fileOptions = FileServerOptions()
        fileOptions.mount = "/files"
        fileOptions.openFileIdleTime = .seconds(1)
        let files = try FileServer(CommandLine.arguments[1], options: fileOptions)

        var mux = ServeMux()
        try mux.handle("GET /hello") { _, response in try await response.send("Hello, World!") }
        try mux.handle("GET /items/{number}") { request, response in
            try await response.send("item \(request.pathValue("number") ?? "")")
        }
        try mux.handle("POST /echo", echo)
        try mux.handle("GET /stream", stream)
        try mux.handle("GET /events", events)
        try mux.handle("GET /sleep") { request, response in
            try await request.channel.reactor.sleep(for: .seconds(1))
            try await response.send("awake")
        }
        try mux.handle("GET /fetch") { _, response in
            let answer = try await client.get("http://127.0.0.1:\(port.load(ordering: .relaxed))/hello")
            try await response.send("fetched: \(answer.text)")
        }
        try mux.handle("GET /files/", files.handler)
        let settings = WebSocketSettings(WebSocketOptions())
        try mux.handle("GET /ws") { request, response in
            try await response.upgradeToWebSocket(request) { channel in
                WebSocket(channel: channel, settings: settings, handler: Echo.shared)
            }
        }
        let routes = mux.handler()
        // Deadlines that a run of some seconds sees.
        var options = HTTPServerOptions()
        options.headTimeout = .seconds(2)
        options.bodyTimeout = .seconds(4)
        options.keepAliveTimeout = .seconds(8)
        options.listener.channel.lingerTimeout = .seconds(1)
        let server = HTTPServer(group: group, options: options) { request, response in
            active.add(1, ordering: .relaxed)
            defer { active.subtract(1, ordering: .relaxed) }
            try await routes(&request, &response)
        }
        // Apart, so that asking for it changes nothing.
        let statistics = HTTPServer(group: group) { _, response in
            response.closesConnection = true
            try await response.send(
                """
                {"connections": \(server.listener.connectionCount), "handlers": \(active.load(ordering: .relaxed)), \
                "blocks": \(BlockPool.shared.statistics().outstanding)}
                """)
        }
        let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
        port.store(Int(address.port ?? 0), ordering: .relaxed)
        let other = try statistics.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
        print("\(address.port ?? 0) \(other.port ?? 0)")
        // Standard output may be a pipe.
        fflush(nil)
        // Until the process is killed.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}

extension SoakServer {
    /// Sends the content back while it comes.
    private static func echo(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        while let piece = try await request.readChunk({ bytes in bytes.withUnsafeBytes { Array($0) } }) {
            try await response.write(piece.span.bytes)
        }
    }

    /// Sends 4 MiB.
    private static func stream(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        let piece = [UInt8](repeating: 7, count: 16 << 10)
        for _ in 0..<256 { try await response.write(piece.span.bytes) }
    }

    /// An event each 20 ms, for two seconds.
    private static func events(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        for number in 0..<100 {
            try await response.sendEvent(id: String(number), data: "event \(number)")
            try await request.channel.reactor.sleep(for: .milliseconds(20))
        }
    }
}

/// Sends every message back.
final class Echo: WebSocketHandler, Sendable {
    static let shared = Echo()

    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        try socket.send(payload, as: kind)
        return true
    }
}
