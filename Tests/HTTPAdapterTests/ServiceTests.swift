import Logging
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondServiceLifecycle
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@Suite("A server as a service", .timeLimit(.minutes(1)))
struct ServiceTests {
    /// What happened, for the test to wait for.
    final class Log: Sendable {
        private let state = Mutex<(port: UInt16?, isHandling: Bool, closed: Int?)>((nil, false, nil))
        var port: UInt16? { state.withLock { $0.port } }
        var isHandling: Bool { state.withLock { $0.isHandling } }
        var closed: Int? { state.withLock { $0.closed } }
        func listening(_ address: SocketAddress) { state.withLock { $0.port = address.port } }
        func handling() { state.withLock { $0.isHandling = true } }
        func drained(_ count: Int) { state.withLock { $0.closed = count } }
    }

    /// A service whose requests for /slow take this long.
    private static func service(
        _ log: Log, slow: Duration, drainDeadline: Duration
    ) throws -> HTTPServerService {
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group) { request, response in
            if request.pathIs("/slow") {
                log.handling()
                try await response.channel.reactor.sleep(for: slow)
            }
            try await response.send("done")
        }
        return HTTPServerService(
            server, on: .loopback(port: 0), drainDeadline: drainDeadline, group: group,
            onListening: { log.listening($0) }, onDrained: { log.drained($0) })
    }

    private static func serve(_ service: HTTPServerService, _ body: (ServiceGroup) async throws -> Void) async throws {
        let services = ServiceGroup(
            configuration: .init(services: [.init(service: service)], logger: Logger(label: "test")))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            try await body(services)
            try await tasks.waitForAll()
        }
    }

    @Test func requestsInProgressFinish() async throws {
        let log = Log()
        let service = try Self.service(log, slow: .milliseconds(200), drainDeadline: .seconds(30))
        try await Self.serve(service) { services in
            #expect(await eventually { log.port != nil })
            let idle = try PlainSocket(port: try #require(log.port))
            #expect(try idle.get("/").body == "done")
            let busy = try PlainSocket(port: try #require(log.port))
            busy.request("/slow")
            #expect(await eventually { log.isHandling })
            await services.triggerGracefulShutdown()
            #expect(idle.receive()?.isEmpty == true)
            #expect(try busy.answer().body == "done")
            #expect(busy.receive()?.isEmpty == true)
        }
        #expect(log.closed == 0)
        let port = try #require(log.port)
        #expect(throws: PlainSocket.Failure.self) { try PlainSocket(port: port) }
    }

    @Test func whatIsLeftAtTheDeadlineIsClosed() async throws {
        let log = Log()
        let service = try Self.service(log, slow: .seconds(3600), drainDeadline: .milliseconds(50))
        try await Self.serve(service) { services in
            #expect(await eventually { log.port != nil })
            let busy = try PlainSocket(port: try #require(log.port))
            busy.request("/slow")
            #expect(await eventually { log.isHandling })
            await services.triggerGracefulShutdown()
            #expect(busy.receive()?.isEmpty == true)
        }
        #expect(log.closed == 1)
    }

    @Test func aCancelledTaskClosesAtOnce() async throws {
        let log = Log()
        let service = try Self.service(log, slow: .seconds(3600), drainDeadline: .seconds(3600))
        let task = Task { try await service.run() }
        #expect(await eventually { log.port != nil })
        let busy = try PlainSocket(port: try #require(log.port))
        busy.request("/slow")
        #expect(await eventually { log.isHandling })
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(log.closed == 1 && busy.receive()?.isEmpty == true)
    }

    @Test func anAddressThatIsTakenEndsIt() async throws {
        let group = try ReactorGroup(count: 1)
        let other = HTTPServer(group: group) { _, _ in }
        let address = try other.start(on: .loopback(port: 0))
        let log = Log()
        let second = try ReactorGroup(count: 1)
        let server = HTTPServer(group: second) { _, _ in }
        let service = HTTPServerService(server, on: address, group: second, onDrained: { log.drained($0) })
        let error = await #expect(throws: IOError.self) { try await service.run() }
        #expect(error?.code == .system && log.closed == 0)
        await other.drain(within: .zero)
        await group.shutdown()
    }
}
