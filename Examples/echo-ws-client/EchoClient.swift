import Glibc
import MillpondNet
import MillpondWebSocket

/// The client that the conformance suite tests: asks its server how many cases there are, and echoes in each.
///
///     echo-ws-client [ws://127.0.0.1:9002]
@main
struct EchoClient {
    static func main() async throws {
        let base = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "ws://127.0.0.1:9002"
        let group = try ReactorGroup(count: 1)
        try await group.reactors[0].run {
            let count = try await caseCount(base)
            for number in 1...count { try await run(number, base) }
            try await updateReports(base)
        }
        await group.shutdown()
    }

    private static func request(_ url: String) throws -> WebSocketClient.Request {
        var request = try WebSocketClient.Request(url)
        request.options.maximumMessageSize = 32 << 20
        request.channel.outboxLimit = 64 << 20
        return request
    }

    private static func caseCount(_ base: String) async throws -> Int {
        let socket = try await WebSocketClient.connect(request("\(base)/getCaseCount"))
        let count = try await socket.receive { _, payload in
            unsafe payload.withUnsafeBytes { unsafe Int(String(decoding: $0, as: UTF8.self)) }
        }
        try await socket.finish()
        guard let count = count.flatMap({ $0 }), count > 0 else {
            print("echo-ws-client: the server has no cases")
            exit(1)
        }
        return count
    }

    private static func run(_ number: Int, _ base: String) async throws {
        let socket = try await WebSocketClient.connect(request("\(base)/runCase?case=\(number)&agent=millpond"))
        while try await socket.receive({ kind, payload in try socket.send(payload, as: kind) }) != nil {}
    }

    private static func updateReports(_ base: String) async throws {
        let socket = try await WebSocketClient.connect(request("\(base)/updateReports?agent=millpond"))
        try await socket.finish()
    }
}
