import Foundation
import MillpondIO
import MillpondNet
import Testing

@testable import MillpondHTTP

@Suite("Limits of content", .timeLimit(.minutes(2)))
struct BodyLimitTests {
    @Test("the pace counts only what is waited") func pace() {
        var pace = HTTPBodyPace()
        #expect(pace.patience(rate: 100, grace: .seconds(5)) == .seconds(5))
        pace.record(waited: 2_000_000_000, received: 0)
        #expect(pace.patience(rate: 100, grace: .seconds(5)) == .seconds(3))
        pace.record(waited: 0, received: 150)
        #expect(pace.patience(rate: 100, grace: .seconds(5)) == .milliseconds(4500))
        pace.record(waited: 4_500_000_000, received: 0)
        #expect(pace.patience(rate: 100, grace: .seconds(5)) == nil)
        #expect(pace.patience(rate: 0, grace: .zero)! > .seconds(1_000_000))
        // A day of an upload at full speed.
        pace.record(waited: 0, received: .max)
        #expect(pace.patience(rate: 1, grace: .seconds(5))! > .seconds(1_000_000))
        #expect(pace.patience(rate: .max, grace: .seconds(5))! > .seconds(1_000_000))
    }

    private static func options(rate: Int, pause: Duration = .seconds(30)) -> HTTPServerOptions {
        var options = HTTPServerOptions()
        options.bodyRate = rate
        options.bodyGrace = .milliseconds(100)
        options.bodyTimeout = pause
        return options
    }

    @Test("content that trickles is ended", arguments: ["Content-Length: 500", "Transfer-Encoding: chunked"])
    func trickle(framing: String) async throws {
        let head = "POST /x HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n"
        let pieces = (0..<60).map { _ in framing.hasPrefix("C") ? "x" : "1\r\nx\r\n" }
        // A byte every 10 ms where 10 000 are to come in that time; without the rate nothing is the matter.
        let slow = try await ServerTests.exchange(
            [head] + pieces, options: Self.options(rate: 1_000_000), silence: .seconds(2))
        #expect(slow.hasPrefix("HTTP/1.1 408 ") && slow.hasSuffix("<end>"))
        let patient = try await ServerTests.exchange(
            [head] + pieces, options: Self.options(rate: 0), silence: .milliseconds(200))
        #expect(patient.isEmpty)
    }

    @Test("a pause is ended") func pause() async throws {
        let head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"
        let answer = try await ServerTests.exchange(
            [head], options: Self.options(rate: 0, pause: .milliseconds(50)), silence: .seconds(5))
        #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.hasSuffix("<end>"))
    }

    @Test("a handler that is slow to read is not the client's fault") func slowReader() async throws {
        let text = String(repeating: "x", count: 100_000)
        let head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
        let answer = try await ServerTests.exchange(
            [head + text], options: Self.options(rate: 1_000_000_000), silence: .seconds(3)
        ) { request, response in
            var count = 0
            while let more = try await request.readChunk(upTo: 20_000, { $0.byteCount }) {
                count += more
                try await request.channel.reactor.sleep(for: .milliseconds(30))
            }
            try await response.send("\(count)")
        }
        #expect(answer.hasSuffix("100000"))
    }

    @Test("a chunk that announces too much is refused at once") func announced() async throws {
        let head = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let answer = try await ServerTests.exchange([head + "fffffffff\r\nhello"])
        #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.hasSuffix("<end>"))
    }

    @Test("each reader of content has its limit") func limits() async throws {
        let head = "POST /x HTTP/1.1\r\nHost: a\r\n"
        let handler: HTTPServer.Handler = { request, response in
            try await response.send("\(try await request.readBody(limit: 5).count)")
        }
        let right = try await ServerTests.exchange([head + "Content-Length: 5\r\n\r\nhello"], handler: handler)
        #expect(right.hasSuffix("\r\n\r\n5"))
        let long = try await ServerTests.exchange([head + "Content-Length: 6\r\n\r\nhello!"], handler: handler)
        #expect(long.hasPrefix("HTTP/1.1 413 "))
        let chunks = head + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n"
        #expect(try await ServerTests.exchange([chunks], handler: handler).hasPrefix("HTTP/1.1 413 "))
    }
}
