import CAllocationCounter
import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import Testing

/// A server that answers requests on a kept connection allocates nothing, and neither does its client here.
/// In an optimised build: unoptimised code boxes what it passes to closures. `make allocations` runs it.
@Suite(.enabled(if: Allocations.areCounted && isOptimized), .timeLimit(.minutes(5)))
struct HTTPAllocationTests {
    static let request: StaticString = "GET /path?query HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\n\r\n"

    @Test(arguments: [1, 16])
    func requestsOnOneConnection(inFlight: Int) async throws {
        let perRequest = try await Self.allocations(inFlight: inFlight) { request, response in
            guard request.method == .get, request.field(.host) != nil else { return }
            response.set(.contentType, "text/plain")
            try await response.send("Hello, World!")
        }
        #expect(perRequest <= 0.01)
    }

    /// Content that is gathered, and gets a length when it is known to be whole.
    @Test(arguments: [1, 16])
    func contentInPieces(inFlight: Int) async throws {
        let (first, second) = (Array("Hello, ".utf8), Array("World!".utf8))
        let perRequest = try await Self.allocations(inFlight: inFlight) { _, response in
            response.set(.contentType, "text/plain")
            try await response.write(first.span.bytes)
            try await response.write(second.span.bytes)
        }
        #expect(perRequest <= 0.01)
    }

    /// A small file that is kept open.
    @Test func smallFile() async throws {
        let folder = "/tmp/millpond-allocations-\(UInt64.random(in: 0...UInt64.max))"
        guard mkdir(folder, 0o755) == 0 else { throw IOError.system(errno: errno, operation: "mkdir", subject: folder) }
        defer {
            unlink(folder + "/path")
            rmdir(folder)
        }
        let descriptor = open(folder + "/path", O_WRONLY | O_CREAT | O_EXCL, 0o644)
        let written = write(descriptor, "Hello, World!", 13)
        close(descriptor)
        #expect(written == 13)
        var options = FileServerOptions()
        options.openFileLifetime = .seconds(3600)
        let perRequest = try await Self.allocations(
            inFlight: 1, handler: FileServer(folder, options: options).handler)
        #expect(perRequest <= 0.01)
    }

    /// Heap allocations a request, of a server and a client on one reactor. The answer is 13 bytes long.
    private static func allocations(inFlight: Int, handler: @escaping HTTPServer.Handler) async throws -> Double {
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group, handler: handler)
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
        await server.drain()
        await group.shutdown()
        return perRequest
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
