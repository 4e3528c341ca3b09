import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet
import TestSupport
import Testing

/// Handlers that are still at work when the client leaves, or when their time is over.
@Suite("Abandoned requests", .timeLimit(.minutes(2)))
struct AbandonedRequestTests {
    private static let get = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"

    /// A server whose handler says what became of it.
    private struct Bench {
        let group: ReactorGroup
        let server: HTTPServer
        let port: UInt16
        let events: AsyncStream<String>

        /// - Parameter work: what the handler waits for at `/slow`.
        init(
            options: HTTPServerOptions = .init(),
            work: @escaping @Sendable (inout HTTPRequest, inout HTTPResponse) async throws -> Void = { request, _ in
                try await request.channel.reactor.sleep(for: .seconds(60))
            }
        ) throws {
            let (events, continuation) = AsyncStream.makeStream(of: String.self)
            self.events = events
            group = try ReactorGroup(count: 1)
            server = HTTPServer(group: group, options: options) { request, response in
                if request.pathIs("/slow") {
                    continuation.yield("began")
                    do { try await work(&request, &response) } catch {
                        continuation.yield("\(error is CancellationError) \(Task.isCancelled)")
                    }
                }
                try await response.send("done")
                continuation.yield("answered")
            }
            port = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!).port ?? 0
        }

        func next() async -> String? {
            for await event in events { return event }
            return nil
        }

        func end() async {
            await server.drain(within: .seconds(1))
            await group.shutdown()
        }
    }

    @Test("a client that closes cancels the handler") func closing() async throws {
        let bench = try Bench()
        do {
            let client = try PlainSocket(port: bench.port)
            client.send(Self.get)
            #expect(await bench.next() == "began")
        }
        #expect(await bench.next() == "true true")
        await bench.end()
    }

    @Test("a client that has closed before the handler waits cancels it too") func closedBefore() async throws {
        let bench = try Bench()
        do { try PlainSocket(port: bench.port).send(Self.get) }
        #expect(await bench.next() == "began")
        #expect(await bench.next() == "true true")
        await bench.end()
    }

    @Test("a reset cancels the handler, whatever the options") func reset() async throws {
        var options = HTTPServerOptions()
        options.cancelsOnHalfClose = false
        let bench = try Bench(options: options)
        do {
            let client = try PlainSocket(port: bench.port)
            client.send(Self.get + Self.get)
            #expect(await bench.next() == "began")
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client.descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        #expect(await bench.next() == "true true")
        await bench.end()
    }

    @Test("a client that shuts down its side and waits gets what is sent all the same") func halfClosed() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 20)
        let bench = try Bench { request, response in
            do { try await request.channel.reactor.sleep(for: .seconds(60)) } catch {
                #expect(Task.isCancelled)
            }
            // More than the outbox takes without waiting.
            try await response.send(body)
        }
        let client = try PlainSocket(port: bench.port)
        client.send(Self.get)
        #expect(await bench.next() == "began")
        shutdown(client.descriptor, Int32(SHUT_WR))
        #expect(client.receiveAll().count > body.count)
        await bench.end()
    }

    @Test("a client that shuts down its side does not cancel when that is allowed") func allowed() async throws {
        var options = HTTPServerOptions()
        options.cancelsOnHalfClose = false
        let bench = try Bench(options: options) { request, _ in
            for _ in 0..<20 { try await request.channel.reactor.sleep(for: .milliseconds(5)) }
        }
        let client = try PlainSocket(port: bench.port)
        client.send(Self.get)
        #expect(await bench.next() == "began")
        shutdown(client.descriptor, Int32(SHUT_WR))
        #expect(try client.answer() == (200, "done"))
        #expect(await bench.next() == "answered")
        await bench.end()
    }

    @Test("a client that shuts down its side behind further requests is served") func pipelined() async throws {
        let bench = try Bench { request, _ in
            for _ in 0..<10 { try await request.channel.reactor.sleep(for: .milliseconds(5)) }
        }
        let client = try PlainSocket(port: bench.port)
        client.send(Self.get + "GET /fast HTTP/1.1\r\nHost: a\r\n\r\nGET /fast HTTP/1.1\r\nHost: a\r\n\r\n")
        shutdown(client.descriptor, Int32(SHUT_WR))
        #expect(await bench.next() == "began")
        for _ in 0..<3 {
            #expect(try client.answer() == (200, "done"))
            #expect(await bench.next() == "answered")
        }
        #expect(client.receive() == [])
        await bench.end()
    }

    @Test("requests on other connections go on, and so does the reactor") func others() async throws {
        let bench = try Bench()
        for _ in 0..<50 { try PlainSocket(port: bench.port).send(Self.get) }
        for _ in 0..<100 { _ = await bench.next() }
        #expect(try PlainSocket(port: bench.port).get("/fast") == (200, "done"))
        await bench.end()
    }

    // MARK: Deadlines

    @Test("a handler that takes too long is answered for, and cancelled") func deadline() async throws {
        var options = HTTPServerOptions()
        options.requestTimeout = .milliseconds(50)
        let errors = Journal()
        options.onError = { errors.note("\($0)") }
        let bench = try Bench(options: options)
        let client = try PlainSocket(port: bench.port)
        client.send(Self.get)
        #expect(try client.answer() == (503, "request timed out\n"))
        #expect(client.receive() == [])
        #expect(await bench.next() == "began")
        #expect(await bench.next() == "true true")
        #expect(errors.all.first == "not answered in time")
        await bench.end()
    }

    @Test("a handler that heeds nothing is answered for, and what it sends is lost") func deaf()
        async throws
    {
        var options = HTTPServerOptions()
        options.requestTimeout = .milliseconds(50)
        let gate = AsyncStream.makeStream(of: Void.self)
        let bench = try Bench(options: options) { request, response in
            // A task that does not hear of the cancellation.
            await Task.detached { for await _ in gate.stream { break } }.value
            await #expect(throws: HTTPResponseError.timedOut) { try await response.send("too late") }
            #expect(throws: HTTPResponseError.timedOut) { try response.sendInformational(.earlyHints) }
            await #expect(throws: (any Error).self) { try await response.write("too late") }
        }
        let client = try PlainSocket(port: bench.port)
        client.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        #expect(try client.answer().status == 503)
        #expect(client.receive() == [])
        gate.continuation.yield()
        #expect(await bench.next() == "began")
        await bench.end()
    }

    @Test("a response that has begun may last") func streaming() async throws {
        var options = HTTPServerOptions()
        options.requestTimeout = .milliseconds(50)
        let answer = try await ServerTests.exchange(
            ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], options: options, silence: .milliseconds(500)
        ) {
            request, response in
            for number in 0..<10 {
                try await response.write("\(number)")
                try await request.channel.reactor.sleep(for: .milliseconds(20))
            }
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.hasSuffix("1\r\n9\r\n0\r\n\r\n"))
    }

    @Test("the time for which content is waited is not the handler's") func uploads() async throws {
        var options = HTTPServerOptions()
        options.requestTimeout = .milliseconds(200)
        let head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n"
        let answer = try await ServerTests.exchange(
            [head] + (0..<50).map { _ in "x" }, options: options, silence: .seconds(2))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
    }
}
