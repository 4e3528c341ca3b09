import Glibc
import MillpondHTTP
import MillpondNet
import TestSupport
import Testing

/// One client's work does not keep a reactor from the others'.
@Suite(.timeLimit(.minutes(2)))
struct FairnessTests {
    /// Requests that have all come are not served in one go.
    @Test func aFloodOfRequestsLeavesOthersTheirTurn() async throws {
        let count = 5000
        let paths = Journal()
        let server = try HandlerServer { request, response in
            paths.note(request.pathString)
            try await response.send("ok")
        }
        let flood = try PlainSocket(port: server.port)
        let other = try PlainSocket(port: server.port)
        for socket in [flood, other] { #expect(try socket.get("/first").status == 200) }
        // Both have sent everything before the reactor looks at any of it.
        server.group.reactors[0].post { _ in usleep(500_000) }
        usleep(100_000)
        #expect(flood.send(String(repeating: "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n", count: count)))
        other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().status == 200)
        for _ in 0..<count { #expect(try flood.answer().status == 200) }
        let place = try #require(paths.all.firstIndex(of: "/other"))
        #expect(place < count, "after all others")
        await server.stop()
    }

    /// Who has sent all of its content and said so waits for the answer, however slowly the content is read.
    @Test func anUploadThatIsReadSlowlyIsNotGivenUp() async throws {
        let count = 6 << 20
        let server = try HandlerServer { request, response in
            var read = 0
            while let piece = try await request.readChunk(upTo: 256 << 10, { $0.byteCount }) {
                read += piece
                // Work that does not wait.
                usleep(2000)
            }
            try await response.send("\(read)")
        }
        let client = try PlainSocket(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n")
        #expect(client.send([UInt8](repeating: 65, count: count)))
        shutdown(client.descriptor, Int32(SHUT_WR))
        let answer = try client.answer()
        #expect(answer.status == 200 && answer.body == "\(count)")
        await server.stop()
    }
}
