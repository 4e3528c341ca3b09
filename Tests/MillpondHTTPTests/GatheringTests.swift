import Foundation
import MillpondHTTP
import MillpondNet
import Testing

/// Content that is written in pieces: with a length when it is whole by the end of the turn, in chunks otherwise.
@Suite("Content in pieces", .timeLimit(.minutes(2)))
struct GatheringTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private static let pieces: HTTPServer.Handler = { _, response in
        response.set("X-A", "b")
        for piece in ["hello", ", ", "", "world"] { try await response.write(piece) }
    }

    @Test("gets a length when it is short") func short() async throws {
        let answer = try await ServerTests.exchange([Self.get + Self.get], handler: Self.pieces)
        #expect(answer.components(separatedBy: "X-A: b\r\nContent-Length: 12\r\n\r\nhello, world").count == 3)
        #expect(!answer.contains("chunked"))
        let old = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        let kept = try await ServerTests.exchange([old + old], handler: Self.pieces)
        #expect(kept.components(separatedBy: "Content-Length: 12\r\nConnection: keep-alive\r\n").count == 3)
        #expect(!kept.hasSuffix("<end>"))
        let head = try await ServerTests.exchange(["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"], handler: Self.pieces)
        #expect(head.contains("Content-Length: 12\r\n") && head.hasSuffix("\r\n\r\n"))
    }

    @Test("is empty when nothing is written") func empty() async throws {
        let answer = try await ServerTests.exchange([Self.get]) { _, response in try await response.write("") }
        #expect(answer.contains("HTTP/1.1 200 OK") && answer.contains("Content-Length: 0\r\n"))
    }

    @Test("goes in chunks when it is long") func long() async throws {
        let piece = String(repeating: "x", count: 1500)
        let answer = try await ServerTests.exchange([Self.get]) { _, response in
            for _ in 0..<4 { try await response.write(piece) }
        }
        #expect(answer.contains("Transfer-Encoding: chunked") && !answer.contains("Content-Length"))
        let body = answer.components(separatedBy: "\r\n\r\n")[1]
        #expect(body.filter { $0 == "x" }.count == 6000 && answer.hasSuffix("\r\n0\r\n\r\n"))
        let first = try await ServerTests.exchange([Self.get]) { _, response in
            try await response.write(String(repeating: "x", count: 5000))
        }
        #expect(first.contains("\r\n\r\n1388\r\n") && first.hasSuffix("x\r\n0\r\n\r\n"))
    }

    @Test("leaves at the end of the turn, whole or not") func turns() async throws {
        let handler: HTTPServer.Handler = { request, response in
            try await response.write("early")
            // Nothing comes of the rest before the first piece has arrived.
            try await request.channel.reactor.sleep(for: .milliseconds(20))
            try await response.write(" late")
            try await response.write("r")
        }
        let new = try await ServerTests.exchange([Self.get], silence: .milliseconds(500), handler: handler)
        #expect(new.hasSuffix("\r\n\r\n5\r\nearly\r\n5\r\n late\r\n1\r\nr\r\n0\r\n\r\n"))
        let old = try await ServerTests.exchange(["GET / HTTP/1.0\r\n\r\n"], handler: handler)
        #expect(old.contains("Connection: close") && old.hasSuffix("\r\n\r\nearly later<end>"))
        let head = try await ServerTests.exchange(
            ["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + Self.get], silence: .milliseconds(500), handler: handler)
        #expect(head.contains("chunked\r\n\r\nHTTP/1.1 200 OK"))
    }

    @Test("closes the connection when it is to") func closing() async throws {
        let answer = try await ServerTests.exchange([Self.get]) { _, response in
            response.closesConnection = true
            try await response.write("bye")
        }
        #expect(answer.contains("Content-Length: 3\r\nConnection: close\r\n\r\nbye<end>"))
    }

    @Test("cannot change its head any more") func fixed() async throws {
        let answer = try await ServerTests.exchange([Self.get]) { _, response in
            try await response.write("a")
            let isOpen = response.isOpen
            #expect(!isOpen)
            await #expect(throws: HTTPResponseError.alreadySent) { try await response.send("b") }
        }
        #expect(answer.hasSuffix("Content-Length: 1\r\n\r\na"))
    }
}
