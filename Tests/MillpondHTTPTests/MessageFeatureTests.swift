import Foundation
import MillpondHTTP
import MillpondIO
import MillpondNet
import Testing

@Suite("Interim answers, events, other protocols", .timeLimit(.minutes(2)))
struct MessageFeatureTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("an interim answer has its own fields") func earlyHints() async throws {
        let handler: HTTPServer.Handler = { _, response in
            response.add("Link", "</a.css>; rel=preload")
            try response.sendInformational(.earlyHints)
            response.set("X-A", "b")
            try await response.send("ok")
        }
        let answer = try await ServerTests.exchange([Self.get], handler: handler)
        let parts = answer.components(separatedBy: "\r\n\r\n")
        #expect(parts.count == 3 && parts[2] == "ok")
        #expect(parts[0].hasPrefix("HTTP/1.1 103 Early Hints\r\n") && parts[0].contains("Link: </a.css>; rel=preload"))
        #expect(!parts[0].contains("Content-Length"))
        #expect(parts[1].hasPrefix("HTTP/1.1 200 OK\r\n") && !parts[1].contains("Link") && parts[1].contains("X-A: b"))
        let old = try await ServerTests.exchange(["GET / HTTP/1.0\r\n\r\n"], handler: handler)
        #expect(old.hasPrefix("HTTP/1.1 200 OK\r\n") && !old.contains("Link"))
    }

    @Test("100 that the handler sends is not sent again") func ownContinue() async throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        let answer = try await ServerTests.exchange([head, "hello"]) { request, response in
            try response.sendInformational(.continue)
            try await response.send(try await request.readText())
        }
        #expect(answer.components(separatedBy: "100 Continue").count == 2 && answer.hasSuffix("hello"))
    }

    @Test("events are lines") func events() async throws {
        let answer = try await ServerTests.exchange([Self.get]) { _, response in
            try await response.sendEvent(data: "one")
            try await response.sendEvent(id: "7", event: "note", data: "a\nb\r\nc\rd\n", retry: .milliseconds(1500))
            try await response.sendEventComment()
            try await response.sendEventComment("still\nhere")
            try await response.sendEvent(data: "")
        }
        #expect(
            answer.contains("Content-Type: text/event-stream\r\n") && answer.contains("Cache-Control: no-store\r\n"))
        let events = [
            "data: one\n\n", "id: 7\nevent: note\nretry: 1500\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n",
            ": \n\n",
            ": still\n: here\n\n", "data: \n\n",
        ]
        let chunks = events.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
        #expect(answer.hasSuffix("\r\n\r\n\(chunks)0\r\n\r\n"))
    }

    @Test("events that would break the lines are refused") func badEvents() async throws {
        let answer = try await ServerTests.exchange([Self.get]) { _, response in
            await #expect(throws: HTTPResponseError.invalidValue) { try await response.sendEvent(id: "a\nb", data: "") }
            await #expect(throws: HTTPResponseError.invalidValue) { try await response.sendEvent(id: "\0", data: "") }
            await #expect(throws: HTTPResponseError.invalidValue) {
                try await response.sendEvent(event: "a\rb", data: "")
            }
            response.set(.contentType, "text/event-stream; charset=utf-8")
            try await response.sendEvent(data: "ok")
        }
        #expect(answer.contains("Content-Type: text/event-stream; charset=utf-8\r\n"))
        #expect(answer.components(separatedBy: "Content-Type").count == 2 && answer.contains("data: ok\n\n"))
    }

    /// Sends everything back, in capitals, until an empty line.
    @Sendable
    private static func shout(_ connection: inout TCPConnection) async throws {
        while true {
            let line = try await connection.reader.withLine(limit: 100) { bytes in
                bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            }
            if line.isEmpty { return }
            try connection.channel.write((line.uppercased() + "\n").utf8.span.bytes)
        }
    }

    @Test("an upgrade to a conversation takes the buffered bytes along") func conversation() async throws {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nearly\nla"
        let answer = try await ServerTests.exchange([request, "te\n", "\n"]) { _, response in
            try await response.upgrade(to: "shout", conversation: Self.shout)
        }
        #expect(
            answer.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n") && answer.hasSuffix("\r\n\r\nEARLY\nLATE\n<end>"))
    }

    @Test("a connection that is taken over gets no answer but its owner's") func takeOver() async throws {
        var options = HTTPServerOptions()
        options.allowsConnect = true
        let connect = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nearly\n"
        let answer = try await ServerTests.exchange([connect, "late\n\n"], options: options) { request, response in
            #expect(request.method == .connect)
            try await response.takeOver { connection in
                try connection.channel.write("HTTP/1.1 200 OK\r\n\r\n")
                try await Self.shout(&connection)
            }
        }
        #expect(answer == "HTTP/1.1 200 OK\r\n\r\nEARLY\nLATE\n<end>")
        let unread = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
        let refused = try await ServerTests.exchange([unread]) { _, response in
            await #expect(throws: HTTPResponseError.contentUnread) {
                try await response.takeOver(conversation: Self.shout)
            }
            try await response.send("no")
        }
        #expect(refused.hasSuffix("no"))
    }
}
