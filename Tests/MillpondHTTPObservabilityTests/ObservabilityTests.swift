import InMemoryTracing
import Logging
import MetricsTestKit
import MillpondHTTP
import MillpondHTTPObservability
import MillpondNet
import Synchronization
import TestSupport
import Testing
import Tracing

/// Log, metrics and spans of requests, over a socket.
@Suite(.timeLimit(.minutes(2)))
struct ObservabilityTests {
    struct Failure: Error {}

    /// A mux behind the layers, with a request of each kind.
    private func serve<each Layer: HTTPMiddleware>(
        through layers: repeat each Layer, ask: (PlainSocket) throws -> Void
    ) async throws {
        var mux = ServeMux()
        try mux.handle("GET /users/{id}") { _, response in try await response.send("a user") }
        try mux.handle("/failure") { _, _ in throw Failure() }
        try mux.handle("/late") { _, response in
            try await response.write(String(repeating: "x", count: 100_000))
            throw Failure()
        }
        try mux.handle("/gathered") { _, response in
            try await response.write("a part")
            throw Failure()
        }
        try mux.handle("/slow") { request, _ in try await request.channel.reactor.sleep(for: .seconds(60)) }
        try mux.handle("/changed") { _, response in
            try await response.send("done")
            response.status = .internalServerError
        }
        try mux.handle("/trace") { _, response in
            try await response.send(InstrumentationContext.current?.inMemorySpanContext?.traceID ?? "none")
        }
        let handler = HTTPServer.handler(through: repeat each layers, handler: mux.handler())
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group, handler: handler)
        let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
        try ask(try PlainSocket(port: address.port ?? 0))
        await server.drain(within: .seconds(1))
        await group.shutdown()
    }

    private static func get(_ socket: PlainSocket, _ path: String, method: String = "GET", _ fields: String = "") throws
    {
        socket.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        _ = try socket.answer()
    }

    @Test func theAccessLog() async throws {
        let lines = Lines()
        let logger = Logger(label: "access") { _ in lines.handler(level: .info) }
        try await serve(through: HTTPRequestID(), HTTPAccessLog(logger), HTTPRecovery()) { socket in
            try Self.get(socket, "/users/7?secret=1", "X-Request-ID: r-1\r\n")
            try Self.get(socket, "/nowhere", "X-Request-ID: r-2\r\n")
            try Self.get(socket, "/failure", "X-Request-ID: r-3\r\n")
            socket.request("/late")
            _ = socket.receiveAll()
        }
        let seen = lines.all
        #expect(seen.map(\.message) == ["GET /users/7", "GET /nowhere", "GET /failure", "GET /late"])
        #expect(seen.map { $0.metadata["status"] } == ["200", "404", "500", "200"])
        #expect(seen.prefix(3).map { $0.metadata["request-id"] } == ["r-1", "r-2", "r-3"])
        #expect(seen.map(\.level) == [.info, .info, .error, .error])
        #expect(seen[0].metadata["bytes"] == "6" && seen[3].metadata["error"] == "Failure()")
        #expect(seen.allSatisfy { Double($0.metadata["milliseconds"] ?? "") != nil })
    }

    @Test func theStatusIsTheOneThatTheClientGot() async throws {
        let lines = Lines()
        let logger = Logger(label: "access") { _ in lines.handler(level: .info) }
        let paths = ["/gathered", "/changed", "/late", "/slow"]
        for path in paths {
            try await serve(through: HTTPAccessLog(logger), HTTPTimeout(.milliseconds(50))) { socket in
                socket.request(path, closes: true)
                _ = socket.receiveAll()
            }
        }
        #expect(lines.all.map(\.message) == paths.map { "GET \($0)" })
        #expect(lines.all.map { $0.metadata["status"] } == ["500", "200", "200", "503"])
        #expect(lines.all.map(\.level) == [.error, .info, .error, .error])
    }

    @Test func aQuietLoggerIsToldOfErrorsOnly() async throws {
        let lines = Lines()
        let logger = Logger(label: "access") { _ in lines.handler(level: .error) }
        try await serve(through: HTTPAccessLog(logger), HTTPRecovery()) { socket in
            try Self.get(socket, "/users/7")
            try Self.get(socket, "/failure")
        }
        #expect(lines.all.map(\.message) == ["GET /failure"])
    }

    @Test func metricsByPattern() async throws {
        let metrics = TestMetrics()
        try await serve(through: HTTPMetrics(factory: metrics), HTTPRecovery()) { socket in
            for id in 0..<5 { try Self.get(socket, "/users/\(id)") }
            try Self.get(socket, "/nowhere")
            try Self.get(socket, "/failure", method: "BREW")
        }
        let count = { (method: String, route: String, status: String) in
            try metrics.expectCounter(
                "http_server_requests", [("method", method), ("route", route), ("status", status)]
            ).totalValue
        }
        try #expect(count("GET", "GET /users/{id}", "200") == 5)
        try #expect(count("GET", "none", "404") == 1)
        try #expect(count("other", "/failure", "500") == 1)
        let durations = try metrics.expectTimer(
            "http_server_request_duration", [("method", "GET"), ("route", "GET /users/{id}"), ("status", "200")])
        #expect(durations.values.count == 5 && durations.values.allSatisfy { $0 > 0 })
        #expect(try metrics.expectMeter("http_server_requests_in_flight").values.last == 0)
    }

    @Test func spans() async throws {
        let tracer = InMemoryTracer()
        try await serve(through: HTTPTracing(tracer: tracer), HTTPRecovery()) { socket in
            try Self.get(socket, "/users/7")
            try Self.get(socket, "/failure")
            try Self.get(
                socket, "/trace",
                "\(InMemoryTracer.traceIDKey): t-1\r\n\(InMemoryTracer.spanIDKey): s-1\r\n")
        }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["GET /users/{id}", "GET /failure", "GET /trace"])
        #expect(spans.allSatisfy { $0.kind == .server })
        #expect(spans[0].attributes.get("http.route") == "GET /users/{id}")
        #expect(spans[0].attributes.get("http.response.status_code") == 200)
        #expect(spans[0].attributes.get("url.path") == "/users/7")
        #expect(spans[1].attributes.get("http.response.status_code") == 500)
        #expect(spans[1].status?.code == .error && spans[0].status == nil)
        #expect(spans[2].traceID == "t-1" && spans[2].parentSpanID == "s-1")
    }
}

/// What was logged.
private final class Lines: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel: Logger.Level
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).mapValues { "\($0)" }
            lines.add(Line(level: event.level, message: "\(event.message)", metadata: metadata))
        }
    }

    private let lines = Mutex<[Line]>([])

    var all: [Line] { lines.withLock { $0 } }

    func add(_ line: Line) { lines.withLock { $0.append(line) } }
    func handler(level: Logger.Level) -> any LogHandler { Handler(lines: self, logLevel: level) }
}
