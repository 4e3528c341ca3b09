import ArgumentParser
import Glibc
import MillpondHTTP
import MillpondNet
import MillpondWebSocket

/// A WebSocket server that sends every message back, or with `--mode broadcast` to everyone.
@main
struct EchoServer: AsyncParsableCommand {
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case echo, broadcast
    }

    static let configuration = CommandConfiguration(commandName: "echo-ws")

    @Option(help: "The address to listen on; 0.0.0.0 or :: for all.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.") var port: UInt16 = 9001
    @Option(help: "Threads that serve connections; one per core by default.") var reactors: Int?
    @Option(help: "Whether a message goes back to its sender or to everyone.") var mode = Mode.echo

    func run() async throws {
        guard let address = SocketAddress(host: host, port: port) else {
            throw ValidationError("--host: not a numeric address: \(host)")
        }
        var options = WebSocketOptions()
        // The conformance suite sends messages of up to 16 MiB.
        options.maximumMessageSize = 32 << 20
        options.idleTimeout = .seconds(3600)
        let settings = WebSocketSettings(options)
        let handler: any WebSocketHandler & Sendable = mode == .broadcast ? Broadcaster.shared : Echo.shared
        var serverOptions = HTTPServerOptions()
        serverOptions.listener.channel.outboxLimit = 64 << 20
        serverOptions.listener.maximumConnections = 200_000
        let group = try ReactorGroup(count: reactors)
        let server = HTTPServer(group: group, options: serverOptions) { request, response in
            try await response.upgradeToWebSocket(request) { channel in
                WebSocket(channel: channel, settings: settings, handler: handler)
            }
        }
        print("listening on \(try server.start(on: address)) with \(group.reactors.count) reactors")
        // Standard output may be a pipe.
        fflush(nil)
        // Until the process is killed.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}

/// Without state: one serves all connections of all reactors.
final class Echo: WebSocketHandler, Sendable {
    static let shared = Echo()

    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        try socket.send(payload, as: kind)
        return true
    }
}
