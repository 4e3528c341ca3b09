import Foundation
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import Testing

/// The server over real sockets.
@Suite(.timeLimit(.minutes(2)))
struct ServerTests {
    /// Sends `pieces` to a server with this handler and returns all that comes back until the server closes, or stays
    /// silent for `silence`. Client and server share a reactor, so that a busy machine alone makes no silence; where
    /// the handler waits, for a time or a worker, it must be longer.
    static func exchange(
        _ pieces: [String], options: HTTPServerOptions = .init(), silence: Duration = .milliseconds(100),
        handler: @escaping HTTPServer.Handler = ServerTests.echo
    ) async throws -> String {
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group, options: options, handler: handler)
        let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
        let answer = try await group.reactors[0].run {
            var connection = TCPConnection(try await Channel.connect(to: address))
            for piece in pieces {
                try connection.channel.write(piece.utf8.span.bytes)
                try await connection.channel.drain()
                try await connection.channel.reactor.sleep(for: .milliseconds(10))
            }
            connection.channel.readTimeout = silence
            var answer: [UInt8] = []
            do {
                while try await connection.reader.fill() {
                    let count = connection.reader.contiguousCount
                    connection.reader.withBuffered { bytes in
                        bytes.withUnsafeBytes { answer.append(contentsOf: $0) }
                    }
                    connection.reader.consume(count)
                }
                answer += Array("<end>".utf8)
            } catch let error as IOError where error.code == .timedOut {}
            return String(decoding: answer, as: UTF8.self)
        }
        await server.drain(within: .seconds(1))
        await group.shutdown()
        return answer
    }

    /// Answers with what it was asked.
    static let echo: HTTPServer.Handler = { request, response in
        let path = request.pathString
        let body = try await request.readText()
        try await response.send("\(path) \(body)")
    }

    private static func count(_ needle: String, in text: String) -> Int {
        text.components(separatedBy: needle).count - 1
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        let requests = (0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        let answer = try await Self.exchange([requests])
        #expect(Self.count("HTTP/1.1 200 OK", in: answer) == 20)
        #expect(answer.range(of: "/3 ")!.lowerBound < answer.range(of: "/19 ")!.lowerBound)
        #expect(!answer.hasSuffix("<end>"))
    }

    @Test func bodiesInBothFramings() async throws {
        let answer = try await Self.exchange([
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                + "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nwor\r\n2;x=y\r\nld\r\n0\r\nA: b\r\n",
            "\r\nGET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        ])
        #expect(answer.contains("/a hello") && answer.contains("/b world") && answer.contains("/c "))
        #expect(answer.hasSuffix("<end>") && Self.count("Connection: close", in: answer) == 1)
    }

    @Test func aHeadInManyPieces() async throws {
        let answer = try await Self.exchange("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".map { String($0) })
        #expect(answer.contains("/x "))
    }

    @Test func unreadContentIsSkipped() async throws {
        let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        let answer = try await Self.exchange([request + request]) { _, response in try await response.send("ok") }
        #expect(Self.count("200 OK", in: answer) == 2)
    }

    @Test func muchUnreadContentEndsTheConnection() async throws {
        let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nhello"
        let answer = try await Self.exchange([request]) { _, response in try await response.send("ok") }
        #expect(answer.contains("Connection: close") && answer.hasSuffix("ok<end>"))
    }

    @Test func continueIsSentWhenTheContentIsRead() async throws {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        let read = try await Self.exchange([head, "hello"])
        #expect(read.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"))
        let unread = try await Self.exchange([head]) { _, response in try await response.send("no") }
        #expect(unread.hasPrefix("HTTP/1.1 200 OK") && unread.contains("Connection: close"))
        let tooLarge = try await Self.exchange(["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n"])
        #expect(tooLarge.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func streamedContent() async throws {
        let stream: HTTPServer.Handler = { _, response in
            try await response.write("hello, ")
            try await response.flush()
            try await response.write("world, sixteen..")
        }
        let new = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], handler: stream)
        #expect(new.contains("Transfer-Encoding: chunked"))
        #expect(new.hasSuffix("\r\n\r\n7\r\nhello, \r\n10\r\nworld, sixteen..\r\n0\r\n\r\n"))
        let old = try await Self.exchange(["GET / HTTP/1.0\r\n\r\n"], handler: stream)
        #expect(!old.contains("chunked") && old.hasSuffix("\r\n\r\nhello, world, sixteen..<end>"))
        let head = try await Self.exchange(["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"], handler: stream)
        #expect(head.contains("Transfer-Encoding: chunked") && head.hasSuffix("\r\n\r\n"))
        #expect(!head.contains("hello"))
    }

    @Test func aLargeAnswer() async throws {
        let body = String(repeating: "0123456789", count: 1_000_000)
        let answer = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"]) {
            _, response in
            try await response.send(body)
        }
        #expect(answer.contains("Content-Length: 10000000\r\n") && answer.hasSuffix("0123456789<end>"))
        #expect(answer.utf8.count > 10_000_000)
    }

    @Test func statusesWithoutContent() async throws {
        let answer = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) { _, response in
            response.status = .noContent
            try await response.send("never")
        }
        #expect(answer.hasPrefix("HTTP/1.1 204 No Content\r\n"))
        #expect(!answer.contains("never") && !answer.contains("Content-Length"))
    }

    struct Failure: Error {}

    @Test func handlersThatFail() async throws {
        let thrown = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) { _, _ in throw Failure() }
        #expect(thrown.hasPrefix("HTTP/1.1 500 "))
        let silent = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) { _, _ in }
        #expect(silent.hasPrefix("HTTP/1.1 200 ") && silent.contains("\r\nContent-Length: 0\r\n"))
        let late = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) { _, response in
            try await response.write("part")
            try await response.flush()
            throw Failure()
        }
        #expect(late.hasSuffix("part\r\n<end>"))
        let gathered = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) { _, response in
            try await response.write("part")
            throw Failure()
        }
        #expect(gathered.hasPrefix("HTTP/1.1 500 ") && !gathered.contains("part"))
        let injected = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) { _, response in
            response.set("X-A", "b\r\nSet-Cookie: c")
            try await response.send("never")
        }
        #expect(injected.hasPrefix("HTTP/1.1 500 ") && !injected.contains("Set-Cookie"))
    }

    @Test func fieldsAreReplacedAddedAndRemoved() async throws {
        let answer = try await Self.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) { _, response in
            response.set("X-A", "1")
            response.add("X-B", "2")
            response.add("X-B", "3")
            response.set("x-a", "4")
            response.add("X-C", "5")
            response.remove("X-C")
            try await response.send()
        }
        #expect(!answer.contains("X-A: 1") && answer.contains("x-a: 4\r\n"))
        #expect(answer.contains("X-B: 2\r\nX-B: 3\r\n") && !answer.contains("X-C"))
    }

    @Test func refusedRequestsGetTheirAnswer() async throws {
        let large = "GET / HTTP/1.1\r\nHost: a\r\nA: \(String(repeating: "b", count: 100_000))\r\n\r\n"
        #expect(try await Self.exchange([large]).hasPrefix("HTTP/1.1 431 "))
        let both = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        let answer = try await Self.exchange([both + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"])
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && Self.count("HTTP/1.1", in: answer) == 1)
        #expect(answer.hasSuffix("<end>"))
        let chunk = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        #expect(try await Self.exchange([chunk]).hasPrefix("HTTP/1.1 400 "))
    }

    @Test func slowHeadsAndIdleConnectionsEnd() async throws {
        var options = HTTPServerOptions()
        options.headTimeout = .milliseconds(100)
        options.keepAliveTimeout = .milliseconds(200)
        let slow = try await Self.exchange(["GET / HTTP/1.1\r\nHo"], options: options, silence: .seconds(5))
        #expect(slow.hasPrefix("HTTP/1.1 408 ") && slow.hasSuffix("<end>"))
        #expect(try await Self.exchange([""], options: options, silence: .seconds(5)) == "<end>")
    }

    @Test func aConnectionHasItsNumberOfRequests() async throws {
        var options = HTTPServerOptions()
        options.requestsPerConnection = 2
        let request = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
        let answer = try await Self.exchange([request + request + request], options: options)
        #expect(Self.count("200 OK", in: answer) == 2 && answer.hasSuffix("<end>"))
    }

    /// Speaks a protocol of its own: sends everything back, and how much came with the upgrade.
    final class Echo: ConnectionDriver {
        var reader: BufferedReader<SocketSource>

        init(channel: Channel, rest: consuming ByteChain) {
            reader = BufferedReader(SocketSource(channel), buffered: rest)
            super.init(channel: channel)
        }

        override func run() async -> Next {
            do {
                repeat {
                    while reader.bufferedCount > 0 {
                        let count = reader.contiguousCount
                        try reader.withBuffered { try channel.write($0) }
                        reader.consume(count)
                    }
                } while try reader.tryFill() != .wouldBlock && !reader.isEnded
                return reader.isEnded ? .close : .park
            } catch { return .close }
        }
    }

    @Test func anUpgradeTakesTheBufferedBytesAlong() async throws {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly "
        let answer = try await Self.exchange([request, "late"]) { _, response in
            try await response.upgrade(to: "echo") { channel, rest in Echo(channel: channel, rest: rest) }
        }
        #expect(answer.hasPrefix("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n"))
        #expect(answer.hasSuffix("\r\n\r\nearly late"))
    }
}
