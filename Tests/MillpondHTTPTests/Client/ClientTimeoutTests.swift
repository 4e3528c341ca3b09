import MillpondHTTP
import MillpondIO
import MillpondNet
import TestSupport
import Testing

/// Every wait ends: with its deadline, or with the task's cancellation, and nothing is left of it.
@Suite("Client: deadlines and cancellation", .timeLimit(.minutes(2)))
struct ClientTimeoutTests {
    /// Reads the request and says nothing, or some of an answer.
    private static func silence(after text: String) -> @Sendable (inout TCPConnection) async throws -> Void {
        { connection in
            _ = try await connection.readRequest()
            if !text.isEmpty { try await connection.send(text) }
            _ = try await connection.reader.fill()
        }
    }

    private static let half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nA:"]) func theFirstByte(text: String) async throws {
        try await withScript(script: Self.silence(after: text)) { transport, origin in
            var request = HTTPClientRequest(origin: origin)
            request.timeouts = HTTPClientTimeouts()
            request.timeouts?.firstByte = .milliseconds(50)
            let error = await clientError { _ = try await collect(transport, request) }
            #expect(error?.isTimedOut == true && error?.phase == .awaiting)
            #expect(await eventually { transport.statistics().open == 0 })
        }
    }

    @Test func theContent() async throws {
        try await withScript(script: Self.silence(after: Self.half)) { transport, origin in
            var request = HTTPClientRequest(origin: origin)
            request.timeouts = HTTPClientTimeouts()
            request.timeouts?.bodyStall = .milliseconds(50)
            let error = await clientError { _ = try await collect(transport, request) }
            #expect(error?.isTimedOut == true && error?.phase == .receiving)
        }
    }

    /// A byte now and then keeps every other deadline away.
    @Test func theTotal() async throws {
        try await withScript(script: { connection in
            _ = try await connection.readRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while true {
                try await connection.send("a")
                try await connection.channel.reactor.sleep(for: .milliseconds(5))
            }
        }) { transport, origin in
            var request = HTTPClientRequest(origin: origin)
            request.timeouts = HTTPClientTimeouts()
            request.timeouts?.total = .milliseconds(100)
            let error = await clientError { _ = try await collect(transport, request) }
            #expect(error?.isTimedOut == true && error?.phase == .receiving)
            #expect(error?.description.contains("total") == true)
        }
    }

    /// An upload to a server that does not read ends with the total, too.
    @Test func theTotalOfAnUpload() async throws {
        try await withScript(script: { connection in
            try await connection.channel.reactor.sleep(for: .seconds(30))
        }) { transport, origin in
            var request = HTTPClientRequest(.put, origin: origin)
            request.body = .writer { writer in
                let piece = [UInt8](repeating: 1, count: 1 << 20)
                for _ in 0..<1000 { try await writer.write(piece) }
            }
            request.timeouts = HTTPClientTimeouts()
            request.timeouts?.total = .milliseconds(100)
            let error = await clientError { _ = try await collect(transport, request) }
            #expect(error?.isTimedOut == true)
        }
    }

    @Test func theConnection() async throws {
        var options = TransportOptions()
        options.maximumOpenPerHost = 1
        try await withScript(options, script: Self.silence(after: "")) { transport, origin in
            var request = HTTPClientRequest(origin: origin)
            request.timeouts = HTTPClientTimeouts()
            request.timeouts?.firstByte = .milliseconds(300)
            let first = request
            request.timeouts?.connection = .milliseconds(50)
            async let one = clientError { _ = try await collect(transport, first) }
            #expect(await eventually { transport.statistics().inUse == 1 })
            let error = await clientError { _ = try await collect(transport, request) }
            #expect(error?.isTimedOut == true && error?.isConnectionFailed == true && error?.phase == .connecting)
            #expect(await one?.isTimedOut == true)
        }
    }

    @Test func nobodyListens() async throws {
        let group = try ReactorGroup(count: 1)
        let transport = Transport(group: group)
        // A port that was free a moment ago.
        let server = HTTPServer(group: group, handler: echoRequest)
        let port = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!).port
        await server.drain()
        let origin = try HTTPOrigin(host: "127.0.0.1", port: port)
        let error = await clientError { _ = try await collect(transport, HTTPClientRequest(origin: origin)) }
        #expect(error?.isConnectionFailed == true && (error?.cause as? IOError)?.operation == "connect")
        let secure = try HTTPOrigin(scheme: .https, host: "127.0.0.1", port: port)
        let other = await clientError { _ = try await collect(transport, HTTPClientRequest(origin: secure)) }
        #expect(other?.isConnectionFailed == true && other?.isTimedOut == false)
        await transport.close()
        await group.shutdown()
    }

    /// Cancelled while it dials, sends, waits, reads: the task ends, and so does the connection.
    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", ClientTimeoutTests.half], [false, true])
    func cancellation(text: String, uploads: Bool) async throws {
        try await withScript(script: Self.silence(after: text)) { transport, origin in
            for isGuest in [false, true] {
                let reached = Counter()
                let send: @Sendable () async -> Bool = {
                    var request = HTTPClientRequest(.post, origin: origin)
                    if uploads {
                        request.body = .writer { writer in
                            try await writer.write("a")
                            reached.add(1)
                            try await Reactor.current?.sleep(for: .seconds(60))
                        }
                    }
                    do {
                        _ = try await collect(transport, request)
                        return false
                    } catch {
                        return error is CancellationError
                    }
                }
                let task =
                    isGuest ? Task { await send() } : Task(executorPreference: transport.reactors[0]) { await send() }
                #expect(await eventually { transport.statistics().inUse == 1 && (!uploads || reached.value == 1) })
                task.cancel()
                #expect(await task.value)
                #expect(await eventually { transport.statistics().open == 0 })
            }
        }
    }

    @Test func cancelledBeforehand() async throws {
        try await withTransport { transport, origin in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await collect(transport, HTTPClientRequest(origin: origin))
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(await eventually { transport.statistics().inUse == 0 })
        }
    }
}
