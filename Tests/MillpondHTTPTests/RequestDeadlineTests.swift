import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet
import TestSupport
import Testing

/// A request's deadline, and a client's leaving, around the time for which content is awaited.
@Suite("Deadlines around content", .timeLimit(.minutes(2)))
struct RequestDeadlineTests {
    private static let post = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
    private static let chunked = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func withServer(
        _ options: HTTPServerOptions, _ handler: @escaping HTTPServer.Handler,
        _ body: (HTTPServer, UInt16) async throws -> Void
    ) async throws {
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group, options: options, handler: handler)
        let port = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!).port ?? 0
        do { try await body(server, port) } catch { Issue.record(error) }
        await server.drain(within: .seconds(1))
        await group.shutdown()
    }

    private static func options(request: Duration?, body: Duration = .seconds(30)) -> HTTPServerOptions {
        var options = HTTPServerOptions()
        options.requestTimeout = request
        options.bodyTimeout = body
        options.listener.channel.lingerTimeout = .milliseconds(100)
        return options
    }

    private static let readAndSend: HTTPServer.Handler = { request, response in
        try await response.send(try await request.readText())
    }

    @Test("a client that stalls its content and never closes does not keep its connection") func stalled() async throws
    {
        for options in [
            Self.options(request: .milliseconds(50), body: .milliseconds(200)),
            Self.options(request: nil, body: .milliseconds(50)),
        ] {
            let handler = HTTPServer.handler(through: HTTPTimeout(.milliseconds(50)), handler: Self.readAndSend)
            try await withServer(options, handler) { server, port in
                let client = try PlainSocket(port: port)
                client.send(Self.post + "half")
                try #expect(client.answer().status == 408)
                #expect(await eventually { server.listener.connectionCount == 0 })
                withExtendedLifetime(client) {}
            }
        }
    }

    @Test("a handler that reads on after it was answered for does not keep its connection") func readsOn() async throws
    {
        let gate = AsyncStream.makeStream(of: Void.self)
        let handler: HTTPServer.Handler = { request, response in
            // A task that does not hear of the cancellation.
            await Task.detached { for await _ in gate.stream { break } }.value
            await #expect(throws: HTTPResponseError.timedOut) { _ = try await request.readBody() }
            request.channel.setReadDeadline(.seconds(60))
            request.channel.setReadDeadline(nil)
        }
        try await withServer(Self.options(request: .milliseconds(50)), handler) { server, port in
            let client = try PlainSocket(port: port)
            client.send(Self.post + "half")
            try #expect(client.answer().status == 503)
            gate.continuation.yield()
            #expect(await eventually { server.listener.connectionCount == 0 })
            withExtendedLifetime(client) {}
        }
    }

    @Test("the wait for content is not the handler's time, however long") func awaited() async throws {
        try await withServer(Self.options(request: .milliseconds(100)), Self.readAndSend) { _, port in
            let client = try PlainSocket(port: port)
            client.send(Self.post + "hello")
            try await Task.sleep(for: .milliseconds(400))
            client.send("world")
            try #expect(client.answer() == (200, "helloworld"))
        }
    }

    @Test("what follows the wait is the handler's time, first and last") func behindContent() async throws {
        let handler: HTTPServer.Handler = { request, response in
            _ = try await request.readBody()
            try await request.channel.reactor.sleep(for: .seconds(60))
            try await response.send("late")
        }
        try await withServer(Self.options(request: .milliseconds(100)), handler) { _, port in
            let client = try PlainSocket(port: port)
            client.send(Self.post + "hello")
            try await Task.sleep(for: .milliseconds(200))
            client.send("world")
            try #expect(client.answer().status == 503)
        }
    }

    @Test("content that comes does not renew the handler's time") func notRenewed() async throws {
        let handler: HTTPServer.Handler = { request, response in
            while try await request.readChunk({ _ in }) != nil {
                try await request.channel.reactor.sleep(for: .milliseconds(30))
            }
            try await response.send("late")
        }
        try await withServer(Self.options(request: .milliseconds(100)), handler) { _, port in
            let client = try PlainSocket(port: port)
            client.send(Self.chunked)
            var answer: [UInt8]?
            repeat {
                client.send("1\r\nx\r\n")
                try await Task.sleep(for: .milliseconds(50))
                answer = client.receiveNow()
            } while answer == nil
            #expect(String(decoding: answer ?? [], as: UTF8.self).hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test("a time-out of a layer counts without one of the server's, behind a layer that waits") func layers()
        async throws
    {
        struct Waiting: HTTPMiddleware {
            func handle(_ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext) async throws {
                try await request.channel.reactor.sleep(for: .milliseconds(20))
                try await next(&request, &response)
            }
        }
        let handler = HTTPServer.handler(through: Waiting(), HTTPTimeout(.milliseconds(50))) { request, response in
            try await request.channel.reactor.sleep(for: .seconds(60))
            try await response.send("late")
        }
        try await withServer(Self.options(request: nil), handler) { _, port in
            try #expect(PlainSocket(port: port).get("/").status == 503)
        }
    }

    @Test("a client that leaves with the end of its content is missed", arguments: [true, false], [true, false])
    func leaving(isChunked: Bool, isWhole: Bool) async throws {
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        let handler: HTTPServer.Handler = { request, _ in
            continuation.yield("began")
            _ = try await request.readBody()
            do {
                try await request.channel.reactor.sleep(for: .seconds(60))
            } catch { continuation.yield("\(error is CancellationError) \(Task.isCancelled)") }
        }
        let head = isChunked ? Self.chunked + "5\r\nhello\r\n" : Self.post + "hello"
        let rest = isChunked ? "5\r\nworld\r\n0\r\n\r\n" : "world"
        try await withServer(Self.options(request: nil), handler) { _, port in
            var seen = events.makeAsyncIterator()
            do {
                let client = try PlainSocket(port: port)
                client.send(isWhole ? head + rest : head)
                if !isWhole {
                    #expect(await seen.next() == "began")
                    client.send(rest)
                }
            }
            if isWhole { #expect(await seen.next() == "began") }
            #expect(await seen.next() == "true true")
        }
    }

    @Test("what is reported of a request is what its client got") func outcomes() async throws {
        struct Report: HTTPMiddleware {
            let continuation: AsyncStream<String>.Continuation

            func handle(_ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext) async throws {
                do {
                    try await next(&request, &response)
                    continuation.yield("\(response.outcome.code)")
                } catch {
                    continuation.yield("\(response.outcome(of: error).code) \(response.committedStatus?.code ?? 0)")
                    throw error
                }
            }
        }
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        let handler = HTTPServer.handler(through: Report(continuation: continuation)) { request, response in
            switch request.pathString {
            case "/gathered":
                try await response.write("a part")
                throw IOError.closed
            case "/slow": try await request.channel.reactor.sleep(for: .seconds(60))
            case "/deaf":
                do { try await request.channel.reactor.sleep(for: .seconds(60)) } catch { #expect(Task.isCancelled) }
            case "/field": response.set("X-A", "\n")
            case "/length": response.contentLength = 5
            case "/changed":
                response.status = .accepted
                try await response.write("a part")
                response.status = .internalServerError
            case "/late":
                try await response.write("a part")
                try await response.flush()
                throw IOError.closed
            default: break
            }
        }
        let table = [
            ("/gathered", 500, "500 0"), ("/slow", 503, "503 503"), ("/deaf", 503, "503"), ("/field", 500, "500"),
            ("/length", 500, "500"), ("/changed", 202, "202"), ("/none", 200, "200"), ("/late", 200, "200 200"),
        ]
        try await withServer(Self.options(request: .milliseconds(100)), handler) { _, port in
            var seen = events.makeAsyncIterator()
            for (path, status, report) in table {
                let client = try PlainSocket(port: port)
                client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                var answer: [UInt8] = []
                while !answer.contains(0x0A), let more = client.receive(), !more.isEmpty { answer += more }
                #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 \(status) "), "\(path)")
                #expect(await seen.next() == report, "\(path)")
            }
        }
    }
}
