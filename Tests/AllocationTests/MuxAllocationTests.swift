import CAllocationCounter
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import Testing

/// Leading a request through a mux to its handler, and looking at what wildcards stand for, allocates nothing.
@Suite(.enabled(if: Allocations.areCounted && isOptimized), .timeLimit(.minutes(5)))
struct MuxAllocationTests {
    static let request: StaticString =
        "GET /api/kind77/item-7%2Fx/parts?query HTTP/1.1\r\nHost: localhost:80\r\nUser-Agent: test\r\n\r\n"

    @Test func aHundredRoutesAndPathValues() async throws {
        var mux = ServeMux()
        for index in 0..<100 {
            try mux.handle("GET /api/kind\(index)/{id}/parts") { request, response in
                // A text of at most fifteen bytes lies in the value itself.
                guard request.pathValue("id") == "item-7/x", request.rawPathValue("id")?.byteCount == 10,
                    request.matchedPattern != nil
                else { return }
                try await response.send("Hello, World!")
            }
        }
        try mux.handle("localhost/other/") { _, _ in }
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group, handler: mux.handler())
        let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
        let (status, perRequest) = try await group.reactors[0].run {
            var connection = TCPConnection(try await Channel.connect(to: address))
            try connection.channel.write(Self.request)
            let (ok, headLength) = try await connection.reader.withHeaderBlock { head in
                (head.withUnsafeBytes { $0.starts(with: "HTTP/1.1 200 ".utf8) }, head.byteCount)
            }
            let length = headLength + 2 + 13
            try await connection.reader.skip(13)
            let perRequest = try await Allocations.perOperation(100_000) { operations in
                for _ in 0..<operations / 16 {
                    for _ in 0..<16 { try connection.channel.write(Self.request) }
                    try await connection.reader.skip(length * 16)
                }
            }
            return (ok, perRequest)
        }
        #expect(status && perRequest <= 0.01)
        await server.drain()
        await group.shutdown()
    }
}
