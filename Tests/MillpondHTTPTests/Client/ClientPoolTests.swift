import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import TestSupport
import Testing

/// Connections: kept, limited, waited for, found dead.
@Suite("Client: the pool", .timeLimit(.minutes(2)))
struct ClientPoolTests {
    @Test(arguments: [1, 2]) func limitPerHost(reactors: Int) async throws {
        var options = TransportOptions()
        options.maximumOpenPerHost = 3
        let (now, most) = (Counter(), Counter())
        try await withTransport(
            options, reactors: reactors,
            handler: { _, response in
                most.raise(to: now.sum(adding: 1))
                try await Reactor.current?.sleep(for: .milliseconds(2))
                now.add(-1)
                try await response.send("ok")
            }
        ) { transport, origin in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let answer = try await collect(transport, HTTPClientRequest(origin: origin))
                        #expect(answer.text == "ok")
                    }
                }
                try await group.waitForAll()
            }
            let statistics = transport.statistics()
            // The limit is each reactor's.
            #expect(most.value <= 3 * reactors && statistics.dials <= 3 * reactors)
            #expect(statistics.waiting == 0 && statistics.inUse == 0)
        }
    }

    @Test func fewAreKept() async throws {
        var options = TransportOptions()
        options.maximumIdlePerHost = 2
        try await withTransport(
            options,
            handler: { _, response in
                try await Reactor.current?.sleep(for: .milliseconds(5))
                try await response.send("ok")
            }
        ) { transport, origin in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask { _ = try await collect(transport, HTTPClientRequest(origin: origin)) }
                }
                try await group.waitForAll()
            }
            #expect(await eventually { transport.statistics().open == 2 && transport.statistics().idle == 2 })
        }
    }

    @Test func noneAreKept() async throws {
        var options = TransportOptions()
        options.keepsConnections = false
        try await withTransport(
            options,
            handler: { request, response in
                try await response.send(request.string(.connection) ?? "none")
            }
        ) { transport, origin in
            for _ in 0..<5 {
                let answer = try await collect(transport, HTTPClientRequest(origin: origin))
                #expect(answer.text == "close")
            }
            #expect(transport.statistics().dials == 5)
        }
    }

    @Test func aRequestThatClosesItsConnection() async throws {
        try await withTransport { transport, origin in
            var request = HTTPClientRequest(origin: origin)
            request.closesConnection = true
            for _ in 0..<3 { _ = try await collect(transport, request) }
            #expect(transport.statistics().dials == 3 && transport.statistics().idle == 0)
        }
    }

    /// The reactor sees the end of an idle connection without anybody's asking.
    @Test func theServersEndIsNoticed() async throws {
        try await withScript(script: { connection in
            _ = try await connection.readRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            try await connection.channel.reactor.sleep(for: .milliseconds(20))
        }) { transport, origin in
            for _ in 0..<3 {
                _ = try await collect(transport, HTTPClientRequest(origin: origin))
                #expect(await eventually { transport.statistics().open == 0 })
            }
            let statistics = transport.statistics()
            #expect(statistics.retries == 0 && statistics.closed[.died] == 3)
        }
    }

    /// A server that closes each connection behind each response without saying so, under load: whoever asks with a
    /// method that may be repeated never hears of it.
    @Test(arguments: [HTTPMethod.get, .put]) func aServerThatClosesWhatIsIdle(method: HTTPMethod) async throws {
        try await withScript(script: { connection in
            _ = try await connection.readRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }) { transport, origin in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        var request = HTTPClientRequest(method, origin: origin)
                        if method == .put { request.body = .text("content") }
                        for _ in 0..<100 {
                            let answer = try await collect(transport, request)
                            #expect(answer.text == "ok")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(transport.statistics().failures == 0)
        }
    }

    /// The same, but it takes the next request before it closes, so that only a second attempt helps.
    @Test func aRequestIsRepeatedIfItMayBe() async throws {
        let script: @Sendable (inout TCPConnection) async throws -> Void = { connection in
            _ = try await connection.readRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = try await connection.readRequest()
        }
        try await withScript(script: script) { transport, origin in
            var post = HTTPClientRequest(.post, origin: origin)
            post.body = .text("content")
            var keyed = post
            keyed.fields.set("Idempotency-Key", "1")
            var always = post
            always.retry = .always
            var stream = HTTPClientRequest(.put, origin: origin)
            stream.body = .writer { writer in try await writer.write("content") }
            var replayable = stream
            replayable.body = .writer(isReplayable: true) { writer in try await writer.write("content") }
            var never = HTTPClientRequest(.get, origin: origin)
            never.retry = .never
            let rows: [(HTTPClientRequest, Bool)] = [
                (HTTPClientRequest(.get, origin: origin), true), (post, false), (keyed, true), (always, true),
                (stream, false), (replayable, true), (never, false),
            ]
            for (request, isRepeated) in rows {
                let before = transport.statistics()
                transport.closeIdle()
                _ = try await collect(transport, HTTPClientRequest(origin: origin))
                let error = await clientError { _ = try await collect(transport, request) }
                #expect((error == nil) == isRepeated, "\(request.method)")
                #expect(error == nil || error?.isTruncated == true)
                #expect(transport.statistics().retries - before.retries == (isRepeated ? 1 : 0))
            }
        }
    }

    /// A new connection that is closed without an answer is an error: nothing says that another would fare better.
    @Test func aServerThatNeverAnswers() async throws {
        try await withScript(script: { connection in _ = try await connection.readRequest() }) { transport, origin in
            let error = await clientError { _ = try await collect(transport, HTTPClientRequest(origin: origin)) }
            #expect(error?.isTruncated == true && error?.phase == .awaiting)
            #expect(transport.statistics().retries == 0 && transport.statistics().dials == 1)
        }
    }

    /// Also when the server takes its time: what counts is how long the connection had been idle, not how long ago it
    /// was opened.
    @Test func aServerThatNeverAnswersAndIsSlow() async throws {
        try await withScript(script: { connection in
            _ = try await connection.readRequest()
            try await connection.channel.reactor.sleep(for: .milliseconds(150))
        }) { transport, origin in
            let error = await clientError { _ = try await collect(transport, HTTPClientRequest(origin: origin)) }
            #expect(error?.isTruncated == true)
            #expect(transport.statistics().retries == 0 && transport.statistics().dials == 1)
        }
    }

    /// A server that answers once and then never again: attempts are bounded.
    @Test func attemptsAreBounded() async throws {
        let isDone = Counter()
        try await withScript(script: { connection in
            _ = try await connection.readRequest()
            if isDone.value > 0 { return }
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = try await connection.readRequest()
        }) { transport, origin in
            _ = try await collect(transport, HTTPClientRequest(origin: origin))
            isDone.add(1)
            let error = await clientError { _ = try await collect(transport, HTTPClientRequest(origin: origin)) }
            #expect(error?.isTruncated == true)
            #expect(transport.statistics().dials == 2)
        }
    }

    @Test func whatIsLeftOfAResponse() async throws {
        var options = TransportOptions()
        options.drainLimit = 1000
        try await withTransport(
            options,
            handler: { request, response in
                let size = request.pathIs("/short") ? 1000 : 100_000
                try await response.send([UInt8](repeating: 1, count: size))
            }
        ) { transport, origin in
            struct Mine: Error {}
            // Skipped up to the limit.
            try await transport.withResponse(HTTPClientRequest(origin: origin, target: "/short")) { _ in }
            #expect(transport.statistics().idle == 1)
            // Beyond, closed.
            try await transport.withResponse(HTTPClientRequest(origin: origin, target: "/long")) { _ in }
            #expect(transport.statistics().open == 0)
            // An error in the middle closes, one at the end does not.
            for (target, limit, idle) in [("/long", 10, 0), ("/short", 2000, 1)] {
                await #expect(throws: Mine.self) {
                    try await transport.withResponse(HTTPClientRequest(origin: origin, target: target)) { response in
                        _ = try await response.readChunk(upTo: limit) { _ in }
                        throw Mine()
                    }
                }
                #expect(transport.statistics().open == idle)
            }
        }
    }

    @Test func afterItsEnd() async throws {
        try await withTransport { transport, origin in
            _ = try await collect(transport, HTTPClientRequest(origin: origin))
            #expect(await transport.close() == 0)
            let error = await clientError { _ = try await collect(transport, HTTPClientRequest(origin: origin)) }
            #expect(error != nil && transport.statistics().open == 0)
        }
    }

    @Test func metrics() async throws {
        try await withTransport { transport, origin in
            _ = try await collect(transport, HTTPClientRequest(origin: origin))
            let text = transport.statistics().metrics(prefix: "test")
            #expect(text.contains("test_requests_total 1\n") && text.contains("test_connections_idle 1\n"))
            #expect(text.contains("test_connections_closed_total{reason=\"died\"} 0\n"))
        }
    }
}
