import MillpondHTTP
import MillpondIO
import MillpondNet
import TestSupport
import Testing

/// Content that is sent: early answers, questions first, trailers, mistakes of its writer.
@Suite("Client: content of requests", .timeLimit(.minutes(2)))
struct ClientUploadTests {
    struct Mine: Error {}

    /// A server that refuses without reading: its answer is heard, and the rest of the content not sent.
    @Test(arguments: [true, false]) func anEarlyRefusal(closes: Bool) async throws {
        try await withScript(script: { connection in
            _ = try await connection.reader.fill()
            try await connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
            if closes { return }
            // Reads no more, and keeps the connection.
            try await connection.channel.reactor.sleep(for: .seconds(30))
        }) { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .writer { writer in
                let piece = [UInt8](repeating: 1, count: 1 << 20)
                for _ in 0..<1000 { try await writer.write(piece) }
            }
            let answer = try await collect(transport, request)
            #expect(answer.status == 413 && answer.text == "no")
            #expect(transport.statistics().open == 0)
        }
    }

    /// One that answers early and well, and reads on.
    @Test func anEarlyAnswer() async throws {
        try await withTransport(handler: { request, response in
            try await response.write("early ")
            try await response.flush()
            var count = 0
            while let piece = try await request.readChunk({ $0.byteCount }) { count += piece }
            try await response.write("\(count)")
        }) { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .writer { writer in for _ in 0..<100 { try await writer.write("0123456789") } }
            let answer = try await collect(transport, request)
            #expect(answer.text == "early 1000" && transport.statistics().idle == 1)
        }
    }

    @Test func askedFirst() async throws {
        try await withTransport(handler: { request, response in
            if request.pathIs("/no") {
                response.status = .expectationFailed
                return try await response.send("no")
            }
            let expectation = request.string(.expect) ?? "nothing"
            let text = try await request.readText()
            try await response.send("\(expectation) \(text)")
        }) { transport, origin in
            for body in [HTTPClientBody.text("content"), .writer { writer in try await writer.write("content") }] {
                var request = HTTPClientRequest(.post, origin: origin, target: "/yes")
                request.body = body
                request.expectsContinue = true
                let answer = try await collect(transport, request)
                #expect(answer.text == "100-continue content" && transport.statistics().idle == 1)
                // Nothing of the content is written when the server declines.
                request.target = "/no"
                request.body = .writer { _ in Issue.record("asked for") }
                let refusal = try await collect(transport, request)
                #expect(refusal.status == 417 && refusal.text == "no" && transport.statistics().open == 0)
            }
            var empty = HTTPClientRequest(.post, origin: origin, target: "/yes")
            empty.expectsContinue = true
            let text = try await collect(transport, empty).text
            #expect(text == "nothing ")
        }
    }

    /// A server that knows nothing of the question gets the content after a while.
    @Test func askedInVain() async throws {
        try await withScript(script: { connection in
            let head = try await connection.reader.withHeaderBlock { $0.byteCount }
            let text = try await connection.reader.withBytes(4) {
                $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            }
            #expect(head > 0 && text == "body")
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }) { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .text("body")
            request.expectsContinue = true
            request.timeouts = HTTPClientTimeouts()
            request.timeouts?.continueAnswer = .milliseconds(50)
            let text = try await collect(transport, request).text
            #expect(text == "ok")
        }
    }

    /// Cancelled while it waits to be told: the server still waits for the content, so the connection is of no use.
    @Test func cancelledWhileAsking() async throws {
        let asked = Counter()
        try await withScript(script: { connection in
            _ = try await connection.reader.withHeaderBlock { $0.byteCount }
            asked.add(1)
            _ = try await connection.reader.fill()
        }) { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .text("body")
            request.expectsContinue = true
            request.timeouts = HTTPClientTimeouts()
            request.timeouts?.continueAnswer = .seconds(30)
            let sent = request
            let task = Task { _ = try await collect(transport, sent) }
            #expect(await eventually { asked.value == 1 })
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(await eventually { transport.statistics().open == 0 })
            #expect(transport.statistics().idle == 0)
        }
    }

    @Test func trailersBothWays() async throws {
        try await withScript(script: { connection in
            let head = try await connection.reader.withHeaderBlock { $0.byteCount }
            #expect(head > 0)
            var text = ""
            while !text.hasSuffix("\r\n\r\n") {
                text += try await connection.reader.withLine {
                    $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                }
                text += "\r\n"
            }
            #expect(text == "4\r\nbody\r\n0\r\nX-Sum: 12\r\nX-More: a b\r\n\r\n")
            try await connection.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: \t34 \r\nX-Empty:\r\n\r\n")
        }) { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .writer { writer in
                writer.trailers.set("X-Sum", "12")
                try await writer.write("body")
                writer.trailers.set("X-More", "a b")
            }
            let trailers = try await transport.withResponse(request) { response in
                #expect(response.trailers.isEmpty)
                _ = try await response.readBody(limit: 10)
                return response.trailers
            }
            #expect(trailers["x-sum"] == "34" && trailers["X-Empty"] == "")
        }
    }

    @Test func mistakesOfTheWriter() async throws {
        try await withTransport { transport, origin in
            let writers: [HTTPClientBody] = [
                .writer { writer in
                    try await writer.write("half")
                    throw Mine()
                },
                .writer(length: 10) { writer in try await writer.write("less") },
                .writer(length: 3) { writer in try await writer.write("more") },
                .file(path: "/proc/self/status", count: 100_000),
            ]
            for body in writers {
                var request = HTTPClientRequest(.put, origin: origin)
                request.body = body
                let error = await clientError { _ = try await collect(transport, request) }
                #expect(error?.phase == .sending && error?.cause != nil)
                #expect(await eventually { transport.statistics().open == 0 })
            }
            var missing = HTTPClientRequest(.put, origin: origin)
            missing.body = .file(path: "/nowhere/at/all")
            let error = await clientError { _ = try await collect(transport, missing) }
            #expect(error?.phase == .preparing && (error?.cause as? IOError)?.errno == 2)
        }
    }

    /// A write that fails half-way leaves a hole in the content: the request fails, though its writer says nothing.
    @Test(arguments: [nil, 100]) func aWriterThatSwallowsErrors(length: Int?) async throws {
        let file = try ScratchFile(Array("short".utf8))
        try await withTransport { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .writer(length: length) { writer in
                let source = try FileDescriptorSource(path: file.path)
                try? await writer.write(contentsOf: source, offset: 0, count: 100)
                await #expect(throws: IOError.self) { try await writer.write("more") }
            }
            let error = await clientError { _ = try await collect(transport, request) }
            #expect(error?.phase == .sending && (error?.cause as? IOError)?.code == .unexpectedEnd)
            #expect(await eventually { transport.statistics().open == 0 })
            request.body = .writer(length: 2) { writer in
                try await writer.write("ok")
                try? await writer.write("more")
            }
            let longer = await clientError { _ = try await collect(transport, request) }
            #expect(longer?.phase == .sending)
        }
    }

    @Test(arguments: [
        ("Content-Length", "5"), ("transfer-encoding", "chunked"), ("Host", "evil.test"), ("Authorization", "Basic x"),
        ("Cookie", "a=b"), ("Content-Type", "text/html"), ("Connection", "close"), ("Trailer", "x"),
    ])
    func trailersThatAreNone(_ name: String, _ value: String) async throws {
        try await withTransport { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .writer { writer in
                writer.trailers.add("Content-Digest", "sha-256=:AA==:")
                writer.trailers.add(name, value)
                try await writer.write("body")
            }
            let error = await clientError { _ = try await collect(transport, request) }
            #expect(
                error?.phase == .sending && (error?.cause as? HTTPClientError)?.reason == "invalid request: trailer")
        }
    }

    /// What was queued when the server reset the connection was not sent.
    @Test func bytesThatAResetDropped() async throws {
        let listener = try BlockingPeer()
        let group = try ReactorGroup(count: 1)
        let transport = Transport(group: group)
        let origin = try HTTPOrigin(host: "127.0.0.1", port: listener.port)
        let (flushed, ended) = (Counter(), Counter())
        let server = Task.detached { listener.serve(reading: 16, resets: true) }
        var request = HTTPClientRequest(.post, origin: origin)
        request.body = .writer { writer in
            defer { ended.add(1) }
            try await writer.write("begin")
            try await writer.flush()
            while listener.resets == 0 { try await Reactor.current?.sleep(for: .milliseconds(1)) }
            try await writer.write("dropped")
            try await writer.flush()
            flushed.add(1)
        }
        let text = try await transport.withResponse(request) { response in
            let text = try await response.readText(limit: 10)
            listener.answersRead.add(1)
            while ended.value == 0 { try await Reactor.current?.sleep(for: .milliseconds(1)) }
            return text
        }
        #expect(text == "ok" && flushed.value == 0 && transport.statistics().open == 0)
        await transport.close()
        await server.value
        await group.shutdown()
    }

    /// The writer is told when nobody wants its content any more.
    @Test func theWriterIsCancelled() async throws {
        let cancelled = Counter()
        try await withScript(script: { connection in
            _ = try await connection.readRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = try await connection.reader.fill()
        }) { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .writer { writer in
                do {
                    try await writer.write("begin")
                    try await Reactor.current?.sleep(for: .seconds(60))
                } catch is CancellationError {
                    cancelled.add(1)
                    throw CancellationError()
                }
            }
            let text = try await collect(transport, request).text
            #expect(text == "ok")
            #expect(cancelled.value == 1 && transport.statistics().open == 0)
        }
    }
}
