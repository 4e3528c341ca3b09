import Glibc
import MillpondIO
import MillpondNet
import Synchronization
import TestSupport
import Testing

@testable import MillpondWebSocket

/// Connections that no task waits for.
@Suite(.timeLimit(.minutes(5))) struct DialerTests {
    @Test(arguments: [1, 100]) func handlersAreToldOnceTheHandshakeIsDone(count: Int) async throws {
        let journal = Journal()
        try await withServer(handler: Recorder()) { server in
            let dialer = try WebSocketDialer(WebSocketClient.Request(server.url), address: server.address)
            for _ in 0..<count {
                let socket = try dialer.open(handler: Caller(journal))
                #expect(socket.role == .client)
            }
            #expect(await waits { journal.all.count == 3 * count })
        }
        for line in ["opened", "heard hello", "closed 1000"] { #expect(journal.all.count { $0 == line } == count) }
    }

    @Test func aRefusedConnectionIsOneFailure() async throws {
        let journal = Journal()
        let address = try PlainListener().closedAddress()
        try await withServer(handler: Recorder()) { server in
            let dialer = try WebSocketDialer(WebSocketClient.Request("ws://\(address)"), address: address)
            try dialer.open(handler: Caller(journal))
            #expect(await waits { !journal.all.isEmpty })
        }
        #expect(journal.all.count == 1)
        #expect(journal.all[0].hasPrefix("failed: connect") && journal.all[0].contains("\(address)"), "\(journal.all)")
    }

    @Test func anotherAnswerThanTheRightOneIsAFailure() async throws {
        #expect(try await failure("HTTP/1.1 403 Forbidden\r\n\r\n") == "failed: rejected with status 403")
        #expect(try await failure("SSH-2.0-OpenSSH\r\n\r\n")?.contains("invalidResponse") == true)
        #expect(try await failure("") == "failed: timedOut")
        #expect(try await failure("HTTP/1.1 101 x\r\n") == "failed: timedOut")
        #expect(try await failure("HTTP/1.1 101 x\r\n", closes: true)?.contains("invalidResponse") == true)
    }

    /// What a handler is told of a server that says this, whatever it is asked.
    private func failure(_ answer: String, closes: Bool = false) async throws -> String? {
        let group = try ReactorGroup(count: 1)
        let server = TCPServer(group: group) { connection in
            _ = try await connection.reader.readHeaderBlock()
            try connection.channel.write(Array(answer.utf8))
            // Leaves the client time to find out by itself.
            if !closes { _ = try? await connection.reader.fill() }
        }
        let address = try server.start(on: .loopback(port: 0))
        let journal = Journal()
        let clock = ContinuousClock()
        let start = clock.now
        try await group.reactors[0].run {
            var request = try WebSocketClient.Request("ws://\(address)/path")
            request.timeout = .milliseconds(300)
            try WebSocketDialer(request, address: address).open(handler: Caller(journal))
        }
        #expect(await eventually { !journal.all.isEmpty })
        // The right error, not the one of a connection that lingers after it.
        #expect(clock.now - start < .seconds(5))
        await server.drain(within: .zero)
        await group.shutdown()
        #expect(journal.all.count == 1)
        return journal.all.first
    }

    @Test func nothingCanBeSentBeforeTheHandshakeIsDone() async throws {
        let journal = Journal()
        try await withServer(handler: Recorder()) { server in
            let dialer = try WebSocketDialer(WebSocketClient.Request(server.url), address: server.address)
            let socket = try dialer.open(handler: Caller(journal))
            #expect(!socket.isOpen)
            #expect(throws: IOError.self) { try socket.send("early") }
            #expect(throws: IOError.self) { try socket.ping() }
            #expect(await waits { journal.all.count == 3 })
        }
        #expect(journal.all == ["opened", "heard hello", "closed 1000"])
    }

    @Test func anAttemptCanBeGivenUp() async throws {
        let group = try ReactorGroup(count: 1)
        let silent = try PlainListener()
        for pause in [Duration.zero, .milliseconds(50)] {
            let journal = Journal()
            try await group.reactors[0].run {
                let request = try WebSocketClient.Request("ws://127.0.0.1:\(silent.port)")
                let dialer = try WebSocketDialer(request, address: .loopback(port: silent.port))
                let socket = try dialer.open(handler: Caller(journal))
                // Before there is a connection, and while the answer to the handshake is waited for.
                if pause > .zero { try await Reactor.current?.sleep(for: pause) }
                socket.close()
            }
            #expect(await journal.waits(for: "failed: closed"))
            #expect(journal.all.count == 1)
        }
        await group.shutdown()
    }

    @Test func theHandshakeHasADeadline() async throws {
        let journal = Journal()
        let group = try ReactorGroup(count: 1)
        let silent = try PlainListener()
        try await group.reactors[0].run {
            var request = try WebSocketClient.Request("ws://127.0.0.1:\(silent.port)")
            request.timeout = .milliseconds(50)
            try WebSocketDialer(request, address: .loopback(port: silent.port)).open(handler: Caller(journal))
        }
        #expect(await journal.waits(for: "failed: timedOut"))
        await group.shutdown()
        #expect(journal.all.count == 1)
    }

    @Test func shutdownIsAFailureToo() async throws {
        let journal = Journal()
        let group = try ReactorGroup(count: 1)
        let silent = try PlainListener()
        try await group.reactors[0].run {
            let request = try WebSocketClient.Request("ws://127.0.0.1:\(silent.port)")
            try WebSocketDialer(request, address: .loopback(port: silent.port)).open(handler: Caller(journal))
        }
        await group.shutdown()
        #expect(journal.all == ["failed: closed"])
    }

    @Test func fieldsCannotBringInOthers() throws {
        var request = try WebSocketClient.Request("ws://127.0.0.1:1")
        request.fields = [("X-A", "1\r\nX-B: 2")]
        let hostile = request
        #expect(throws: WebSocketError.self) { try WebSocketDialer(hostile, address: .loopback(port: 1)) }
    }

    /// As `eventually`, on a reactor, which must not be blocked.
    private func waits(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<1000 {
            if condition() { return true }
            try? await Reactor.current?.sleep(for: .milliseconds(5))
        }
        return condition()
    }
}

extension PlainListener {
    /// An address that nobody listens on any more.
    fileprivate consuming func closedAddress() -> SocketAddress { .loopback(port: port) }
}

/// Says hello once it is open, and closes once it has heard something.
private final class Caller: WebSocketHandler {
    private let journal: Journal

    init(_ journal: Journal) {
        self.journal = journal
    }

    func opened(_ socket: WebSocket) async throws {
        journal.note("opened")
        try socket.send("hello")
    }

    func failed(_ socket: WebSocket, _ error: any Error) { journal.note("failed: \(error)") }

    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        journal.note("heard \(payload.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })")
        socket.close()
        return true
    }

    func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String) {
        journal.note("closed \(code.rawValue)")
    }
}
