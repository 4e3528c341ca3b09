import Foundation
import MillpondHTTP
import Testing

@Suite("Trailers", .timeLimit(.minutes(2)))
struct TrailerTests {
    private static let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("of a request are readable behind its content, however they are cut") func requests() async throws {
        let body = "5\r\nhello\r\n0\r\nX-Sum: abc\r\nX-List:  a\t\r\nx-list:\r\n\r\n"
        let handler: HTTPServer.Handler = { request, response in
            let before = request.trailers.isEmpty
            _ = try await request.readBody()
            var lines = ["\(before) \(request.trailers.count) \(request.trailers["x-sum"] ?? "-")"]
            request.trailers.forEach { name, value in
                lines.append("\(name.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })=\(value.byteCount)")
            }
            try await response.send(lines.joined(separator: ";"))
        }
        let expected = "true 3 abc;X-Sum=3;X-List=1;x-list=0"
        let whole = try await ServerTests.exchange([Self.head + body], handler: handler)
        #expect(whole.hasSuffix(expected))
        let cut = try await ServerTests.exchange([Self.head] + body.map { String($0) }, handler: handler)
        #expect(cut.hasSuffix(expected))
        // The next request on the connection has none.
        let plain = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
        let next = try await ServerTests.exchange([Self.head + body + plain], handler: handler)
        #expect(next.contains(expected) && next.hasSuffix("true 0 -"))
    }

    @Test("that are forbidden fail the read, and the connection ends") func forbidden() async throws {
        let answer = try await ServerTests.exchange([Self.head + "0\r\nContent-Length: 1\r\n\r\n" + Self.get])
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.hasSuffix("<end>"))
        // Unread content is checked too: what was answered stands, but nothing behind it is looked at.
        let unread = try await ServerTests.exchange([Self.head + "0\r\nHost: b\r\n\r\n" + Self.get]) { _, response in
            try await response.send("ok")
        }
        #expect(unread.hasSuffix("ok<end>") && unread.components(separatedBy: "HTTP/1.1").count == 2)
    }

    private static let sum: HTTPServer.Handler = { _, response in
        response.declareTrailer("X-Sum")
        response.declareTrailer("X-More")
        response.declareTrailer("x-sum")
        try await response.write("hello")
        try response.setTrailer("X-Sum", "1")
        try response.setTrailer("X-Sum", "2")
    }

    @Test("of a response are announced and follow the content") func responses() async throws {
        let new = try await ServerTests.exchange([Self.get], handler: Self.sum)
        #expect(new.contains("\r\nTrailer: X-Sum, X-More\r\n") && new.contains("Transfer-Encoding: chunked"))
        #expect(new.hasSuffix("\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n"))
        let old = try await ServerTests.exchange(["GET / HTTP/1.0\r\n\r\n"], handler: Self.sum)
        #expect(old.hasSuffix("\r\n\r\nhello<end>") && !old.contains("X-Sum"))
        let head = try await ServerTests.exchange(["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"], handler: Self.sum)
        #expect(head.contains("Trailer: X-Sum") && head.hasSuffix("\r\n\r\n"))
    }

    @Test("go with content that is sent whole") func whole() async throws {
        let answer = try await ServerTests.exchange([Self.get + Self.get]) { _, response in
            response.declareTrailer("X-Sum")
            try response.setTrailer("X-Sum", "1")
            try await response.send("hello")
        }
        #expect(answer.components(separatedBy: "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n").count == 3)
    }

    @Test("that are mistakes are refused") func mistakes() async throws {
        let answer = try await ServerTests.exchange([Self.get]) { _, response in
            response.declareTrailer("X-Sum")
            #expect(throws: HTTPResponseError.undeclaredTrailer) { try response.setTrailer("X-Other", "1") }
            #expect(throws: HTTPResponseError.invalidValue) { try response.setTrailer("X-Sum", "1\r\nX: y") }
            let large = String(repeating: "a", count: 70_000)
            #expect(throws: HTTPResponseError.headTooLarge) { try response.setTrailer("X-Sum", large) }
            try await response.send("ok")
            #expect(throws: HTTPResponseError.alreadySent) { try response.setTrailer("X-Sum", "1") }
        }
        #expect(answer.hasSuffix("2\r\nok\r\n0\r\n\r\n"))
        let forbidden = try await ServerTests.exchange([Self.get]) { _, response in
            response.declareTrailer("Content-Length")
            try await response.send("never")
        }
        #expect(forbidden.hasPrefix("HTTP/1.1 500 "))
        let own = try await ServerTests.exchange([Self.get]) { _, response in
            response.set(.trailer, "X-Sum")
            try await response.send("never")
        }
        #expect(own.hasPrefix("HTTP/1.1 500 "))
    }
}
