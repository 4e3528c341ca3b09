import Foundation
import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import TestSupport
import Testing

/// Handlers that throw or err at the wrong moment: the client gets one answer, whole or visibly cut short.
@Suite("Handlers' mistakes", .timeLimit(.minutes(2)))
struct HandlerMistakeTests {
    struct Failure: Error {}

    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func statuses(_ answer: String) -> [String] {
        answer.components(separatedBy: "HTTP/1.1 ").dropFirst().map { String($0.prefix(3)) }
    }

    /// What the client gets, and what `onError` is told.
    private static func exchange(
        _ pieces: [String], options: HTTPServerOptions = .init(), handler: @escaping HTTPServer.Handler
    ) async throws -> (answer: String, errors: [String]) {
        var options = options
        let errors = Journal()
        options.onError = { errors.note("\($0)") }
        let answer = try await ServerTests.exchange(pieces, options: options, handler: handler)
        return (answer, errors.all)
    }

    // MARK: Reading

    @Test("a reader that throws does not have the rest of a chunk taken for a request", arguments: [true, false])
    func throwingReader(isChunked: Bool) async throws {
        // What would be a request, were the chunk's data taken for a chunk's line again.
        let hidden = "\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n"
        let filler = String(repeating: "5\r\nhello\r\n", count: 10_000)
        let data = filler + hidden + filler
        let length = data.utf8.count
        let body = isChunked ? String(length, radix: 16) + "\r\n" + data + "\r\n0\r\n\r\n" : data
        let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(length)"
        let paths = Journal()
        let post = "POST /post HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(body)"
        let (answer, errors) = try await Self.exchange([post + Self.next]) { request, response in
            paths.note(request.pathString)
            _ = try await request.readChunk(upTo: 5000) { _ in throw Failure() }
            try await response.send("no content")
        }
        #expect(paths.all == ["/post", "/next"])
        #expect(Self.statuses(answer) == ["500", "200"] && errors == ["Failure()"])
    }

    @Test("limits may be as large as numbers are", arguments: ["Content-Length: 5\r\n\r\nhello", "chunked"])
    func largestLimits(framing: String) async throws {
        let framed =
            framing == "chunked" ? "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n" : framing
        var options = HTTPServerOptions()
        options.bodyLimit = .max
        options.drainLimit = .max
        let post = "POST / HTTP/1.1\r\nHost: a\r\n\(framed)"
        let read = try await Self.exchange([post + post], options: options) { request, response in
            try await response.send(try await request.readText())
        }
        #expect(read.answer.components(separatedBy: "\r\n\r\nhello").count == 3)
        let skipped = try await Self.exchange([post + post], options: options) { _, response in
            try await response.send("skipped")
        }
        #expect(skipped.answer.components(separatedBy: "\r\n\r\nskipped").count == 3)
        options.drainLimit = -1
        let ended = try await Self.exchange([post + post], options: options) { _, response in
            try await response.send("ended")
        }
        #expect(Self.statuses(ended.answer) == ["200"] && ended.answer.hasSuffix("ended<end>"))
    }

    @Test("100 Continue is not written into an answer that has begun") func lateContinue() async throws {
        let post = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        let (answer, _) = try await Self.exchange([post, "hello"]) { request, response in
            try await response.write("early ")
            try await response.flush()
            try await response.write(try await request.readText())
        }
        #expect(Self.statuses(answer) == ["200"] && answer.contains("Connection: close\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n6\r\nearly \r\n5\r\nhello\r\n0\r\n\r\n<end>"))
        // What is only gathered has not begun.
        let gathered = try await Self.exchange([post, "hello"]) { request, response in
            try await response.write("early ")
            try await response.write(try await request.readText())
        }
        #expect(Self.statuses(gathered.answer).first == "100" || Self.statuses(gathered.answer) == ["200"])
    }

    /// To HTTP/1.0 nothing but the way in which the connection ends says whether the content is whole.
    @Test("content that only the end marks is broken off by a reset", arguments: [false, true])
    func brokenOff(isWhole: Bool) async throws {
        let server = try HandlerServer { _, response in
            try await response.write("half")
            try await response.flush()
            if !isWhole { throw Failure() }
        }
        let socket = try PlainSocket(port: server.port)
        socket.send("GET / HTTP/1.0\r\n\r\n")
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        var count = 0
        repeat {
            count = recv(socket.descriptor, &buffer, buffer.count, 0)
            if count > 0 { text += String(decoding: buffer[..<count], as: UTF8.self) }
        } while count > 0
        let code = errno
        // A reset may overtake what was sent before it.
        #expect(isWhole ? count == 0 && text.hasSuffix("half") : count < 0 && code == ECONNRESET)
        await server.stop()
    }

    @Test("a refusal behind a HEAD has its content") func refusalBehindHead() async throws {
        let (answer, _) = try await Self.exchange([Self.head, "nonsense\r\n\r\n"]) { _, response in
            try await response.send("content")
        }
        #expect(Self.statuses(answer) == ["200", "400"])
        #expect(answer.hasSuffix("malformed request target\n<end>") || answer.hasSuffix("\n<end>"))
        #expect(!answer.contains("\r\n\r\ncontent"))
    }

    // MARK: What errors become

    @Test("what is refused without a handler is told as well") func refusals() async throws {
        var options = HTTPServerOptions()
        options.headTimeout = .milliseconds(50)
        let errors = Journal()
        options.onError = { errors.note("\($0)") }
        let late = try await ServerTests.exchange(["GET / HTTP/1.1\r\nHo"], options: options, silence: .seconds(5))
        #expect(Self.statuses(late) == ["408"] && errors.take() == ["timed out"])
        let connect = try await ServerTests.exchange(
            ["CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"], options: options, silence: .seconds(5))
        #expect(Self.statuses(connect) == ["501"] && errors.take() == ["CONNECT is not offered"])
    }

    @Test("a pool that is exhausted passes, what asks for too much does not") func poolErrors() {
        let spent = BlockPoolError.budgetExceeded(requested: 1, inUse: 1, budget: 1)
        #expect(HTTPResponse.status(for: spent) == .serviceUnavailable)
        #expect(HTTPResponse.status(for: IOError.bufferUnavailable(spent)) == .serviceUnavailable)
        let large = BlockPoolError.tooLarge(requested: 2 << 20, largest: 1 << 20)
        #expect(HTTPResponse.status(for: large) == .internalServerError)
    }

    @Test("an error of a handler's own is not the client's") func ownErrors() async throws {
        for error in [IOError.timedOut, IOError.closed] as [any Error] + [CancellationError()] {
            let (answer, errors) = try await Self.exchange([Self.get + Self.next]) { request, response in
                if request.pathIs("/") { throw error }
                try await response.send("kept")
            }
            #expect(Self.statuses(answer) == ["500", "200"] && errors.count == 1, "\(error)")
        }
    }

    @Test("content that ends too soon is the client's fault") func truncated() async throws {
        let gate = AsyncStream.makeStream(of: Int.self)
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group) { request, response in
            do { _ = try await request.readBody() } catch {
                gate.continuation.yield(Int(response.outcome(of: error).code))
                throw error
            }
        }
        let port = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!).port ?? 0
        do {
            let client = try PlainSocket(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        }
        for await status in gate.stream {
            #expect(status == 400)
            break
        }
        await server.drain(within: .seconds(1))
        await group.shutdown()
    }

    @Test("a mistake that shows at the end is one all the same") func mistakesAtTheEnd() async throws {
        let handlers: [(String, HTTPServer.Handler)] = [
            ("invalid field value", { _, response in response.set("X-A", "a\r\nb") }),
            ("content does not have the announced length", { _, response in response.contentLength = 5 }),
            ("content does not have the announced length", { _, response in response.contentLength = -1 }),
            (
                "content does not have the announced length",
                { _, response in
                    response.contentLength = 5
                    try await response.send("four")
                }
            ),
            ("interim status sent as the answer", { _, response in response.status = .earlyHints }),
            (
                "interim status sent as the answer",
                { _, response in
                    response.status = .switchingProtocols
                    try await response.send("a")
                }
            ),
        ]
        for (mistake, handler) in handlers {
            let (answer, errors) = try await Self.exchange([Self.get + Self.next]) { request, response in
                if request.pathIs("/next") { return try await response.send("kept") }
                try await handler(&request, &response)
            }
            #expect(Self.statuses(answer) == ["500", "200"] && answer.hasSuffix("kept"), "\(mistake)")
            #expect(errors == [mistake])
        }
    }

    @Test("HEAD is answered with the declared length") func declared() async throws {
        let (answer, errors) = try await Self.exchange([Self.head]) { request, response in
            response.contentLength = 5
            if request.method != .head { try await response.write("hello") }
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.contains("Content-Length: 5\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n") && errors.isEmpty)
    }

    // MARK: Changes that come too late

    @Test("a head that is made does not change, and the server is told", arguments: [10, 100_000])
    func lateChanges(size: Int) async throws {
        let text = String(repeating: "x", count: size)
        for way in ["write", "send"] {
            let (answer, errors) = try await Self.exchange([Self.get + Self.next]) { _, response in
                response.set("X-A", "a")
                if way == "send" { try await response.send(text) } else { try await response.write(text) }
                response.status = .noContent
                response.set("X-A", "b")
                response.remove("X-A")
                response.add("X-B", "c")
                let outcome = response.outcome
                #expect(outcome == .ok)
                if way == "write" { try await response.write("end") }
            }
            #expect(Self.statuses(answer) == ["200", "200"])
            #expect(answer.components(separatedBy: "X-A: a\r\n").count == 3 && !answer.contains("X-B"))
            #expect(answer.filter { $0 == "x" }.count == 2 * size)
            #expect(errors == ["response already sent", "response already sent"])
        }
    }

    @Test("content that does not fit the outbox does not get a second head") func overflow() async throws {
        var options = HTTPServerOptions()
        options.listener.channel.outboxLimit = 50_000
        options.listener.channel.outboxPolicy = .refuse
        options.listener.channel.socketBufferSize = 4096
        let (answer, errors) = try await Self.exchange([Self.get + Self.next], options: options) { _, response in
            try await response.send(String(repeating: "x", count: 60_000))
        }
        #expect(Self.statuses(answer) == ["200"] && answer.hasSuffix("<end>"))
        #expect(errors.count == 1 && errors[0].hasPrefix("backlog exceeded"))
    }

    @Test("nothing follows a head of which the outbox took half", arguments: [true, false])
    func halfAHead(isWhole: Bool) async throws {
        var options = HTTPServerOptions()
        options.listener.channel.outboxLimit = 300
        options.listener.channel.outboxPolicy = .refuse
        let (answer, errors) = try await Self.exchange([Self.get + Self.next], options: options) { request, response in
            try await response.write(String(repeating: "x", count: 3000))
            if isWhole { return }
            try await request.channel.reactor.sleep(for: .milliseconds(20))
            try await response.write("late")
            Issue.record("written behind half a head")
        }
        #expect(Self.statuses(answer).count <= 1 && !answer.contains("x\r\n") && !answer.contains("late"))
        #expect(answer.hasSuffix("<end>") && errors.count <= 1)
    }

    // MARK: Trailers, chains, upgrades

    @Test("trailers go with a declared length too") func trailersWithLength() async throws {
        let (answer, _) = try await Self.exchange([Self.get]) { _, response in
            response.contentLength = 5
            response.declareTrailer("X-Sum")
            try await response.write("hello")
            try response.setTrailer("X-Sum", "1")
        }
        #expect(answer.hasSuffix("\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n") && !answer.contains("Content-Length"))
    }

    @Test("short chains are gathered") func chains() async throws {
        let (answer, _) = try await Self.exchange([Self.get]) { _, response in
            for text in ["hello", "", ", world"] {
                var chain = ByteChain()
                for byte in text.utf8 { try chain.append(copying: [byte].span.bytes) }
                try await response.write(chain)
            }
        }
        #expect(answer.hasSuffix("Content-Length: 12\r\n\r\nhello, world"))
    }

    @Test("an upgrade is to what the client named", arguments: ["echo", "a, ECHO ,b", "a\r\nUpgrade: echo"])
    func upgrade(offer: String) async throws {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: \(offer)\r\n\r\n"
        let (answer, _) = try await Self.exchange([request]) { _, response in
            try await response.upgrade(to: "echo") { _ in }
        }
        #expect(Self.statuses(answer) == ["101"])
        let (other, errors) = try await Self.exchange([request]) { _, response in
            try await response.upgrade(to: "echo2") { _ in }
        }
        #expect(Self.statuses(other) == ["500"] && errors == ["upgrade not offered"])
    }
}
