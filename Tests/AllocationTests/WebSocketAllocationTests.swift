import MillpondHTTP
import MillpondNet
import MillpondWebSocket
import Testing

/// A WebSocket server and its client echo without allocating.
@Suite(.enabled(if: Allocations.areCounted && isOptimized), .timeLimit(.minutes(5)))
struct WebSocketAllocationTests {
    private final class Echo: WebSocketHandler, Sendable {
        let waits: Bool
        init(waits: Bool) { self.waits = waits }

        func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
            if waits { return false }
            try socket.send(payload, as: kind)
            return true
        }

        func message(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) async throws {
            try socket.send(payload, as: kind)
        }
    }

    /// Both ends live on one reactor, so that the count of its thread is that of both.
    @Test(arguments: [(1, false), (1, true), (16, false)])
    func echoes(inFlight: Int, waits: Bool) async throws {
        let group = try ReactorGroup(count: 1)
        let echo = Echo(waits: waits)
        let server = HTTPServer(group: group) { request, response in
            try await response.upgradeToWebSocket(request) { WebSocket(channel: $0, handler: echo) }
        }
        let address = try server.start(on: .loopback(port: 0))
        let count = try await group.reactors[0].run {
            let socket = try await WebSocketClient.connect(to: "ws://\(address)/")
            let payload = InlineArray<100, UInt8>(repeating: 65)
            let count = try await Allocations.perOperation(100_000) { operations in
                var sent = 0
                var heard = 0
                while heard < operations {
                    while sent < operations, sent < heard + inFlight {
                        try socket.send(payload.span.bytes, as: .text)
                        sent += 1
                    }
                    guard try await socket.receive({ _, view in view.byteCount }) == 100 else { break }
                    heard += 1
                }
                #expect(heard == operations)
            }
            try await socket.finish()
            return count
        }
        #expect(count <= 0.01)
        await server.drain(within: .zero)
        await group.shutdown()
    }
}
