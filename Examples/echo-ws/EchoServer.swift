import ArgumentParser
import ExampleSupport
import MillpondHTTP
import MillpondNet
import MillpondWebSocket

/// A WebSocket server that sends every message back, or with `--mode broadcast` to everyone.
///
///     echo-ws [--host 127.0.0.1] [--port 9001] [--reactors N] [--mode echo|broadcast]
@main
struct EchoServer {
    static func main() async throws {
        let flags = EchoFlags.parseOrExit()
        var options = WebSocketOptions()
        // The conformance suite sends messages of up to 16 MiB.
        options.maximumMessageSize = 32 << 20
        options.idleTimeout = .seconds(3600)
        let settings = WebSocketSettings(options)
        let handler: any WebSocketHandler & Sendable = flags.mode == .broadcast ? Broadcaster.shared : Echo.shared
        var serverOptions = HTTPServerOptions()
        serverOptions.listener.channel.outboxLimit = 64 << 20
        serverOptions.listener.maxConnections = 200_000
        let group = try ReactorGroup(count: flags.server.reactors)
        let server = HTTPServer(group: group, options: serverOptions) { request, response in
            try await response.upgradeToWebSocket(request) { channel in
                WebSocket(channel: channel, settings: settings, handler: handler)
            }
        }
        let bound = try server.start(on: flags.server.address(usualPort: 9001))
        print("listening on \(bound) with \(group.reactors.count) reactors")
        // Until the process is killed.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}

struct EchoFlags: ParsableArguments {
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case echo, broadcast
    }

    @OptionGroup var server: ServerFlags
    @Option(help: "Whether a message goes back to its sender or to everyone.")
    var mode = Mode.echo
}

/// Without state: one serves all connections of all reactors.
final class Echo: WebSocketHandler, Sendable {
    static let shared = Echo()

    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        try socket.send(payload, as: kind)
        return true
    }
}
