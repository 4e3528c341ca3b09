import CAllocationCounter
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import Testing

/// A server that answers requests on a kept connection allocates nothing, and neither does its client here.
/// In an optimised build: unoptimised code boxes what it passes to closures. `make allocations` runs it.
@Suite(.enabled(if: Allocations.areCounted && isOptimized))
struct HTTPAllocationTests {
    static let request: StaticString = "GET /path?query HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\n\r\n"

    @Test(arguments: [1, 16])
    func requestsOnOneConnection(inFlight: Int) async throws {
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group) { request, response in
            guard request.method == .get, request.field(.host) != nil else { return }
            response.set(.contentType, "text/plain")
            try await response.send("Hello, World!")
        }
        let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
        let perRequest = try await group.reactors[0].run {
            var connection = TCPConnection(try await Channel.connect(to: address))
            // The answer's length is always the same.
            try connection.channel.write(Self.request)
            var length = try await connection.reader.withHeaderBlock { $0.byteCount }
            length += 2 + 13
            try await connection.reader.skip(13)
            return try await Allocations.perOperation(100_000) { operations in
                for _ in 0..<operations / inFlight {
                    for _ in 0..<inFlight { try connection.channel.write(Self.request) }
                    try await connection.reader.skip(length * inFlight)
                }
            }
        }
        #expect(perRequest <= 0.01)
        await server.drain()
        await group.shutdown()
    }
}

/// Whether this is an optimised build, whose allocations are what counts.
let isOptimized: Bool = {
    #if DEBUG
    false
    #else
    true
    #endif
}()
