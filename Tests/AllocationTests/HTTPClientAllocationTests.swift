import CAllocationCounter
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import Testing

/// A client that sends requests on kept connections allocates nothing, on its reactor. In an optimised build:
/// `make allocations` runs it.
@Suite(.enabled(if: Allocations.areCounted && isOptimized), .timeLimit(.minutes(5)))
struct HTTPClientAllocationTests {
    @Test(arguments: [1, 16]) func requestsThroughThePool(inFlight: Int) async throws {
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group) { _, response in
            response.set(.contentType, "text/plain")
            try await response.send("Hello, World!")
        }
        let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
        let transport = Transport(group: group)
        var request = HTTPClientRequest(origin: try HTTPOrigin(host: "127.0.0.1", port: address.port), target: "/path")
        request.fields.set(.accept, "text/plain, text/html")
        let sent = request
        let perRequest = try await group.reactors[0].run {
            try await Allocations.perOperation(50_000) { operations in
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<inFlight {
                        tasks.addTask {
                            for _ in 0..<operations / inFlight { try await Self.exchange(transport, sent) }
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
        }
        #expect(perRequest <= 0.01)
        await transport.close()
        await server.drain()
        await group.shutdown()
    }

    private static func exchange(_ transport: Transport, _ request: HTTPClientRequest) async throws {
        let count = try await transport.withResponse(request) { response in
            var count = 0
            while let piece = try await response.readChunk({ $0.byteCount }) { count += piece }
            return count
        }
        precondition(count == 13)
    }
}
