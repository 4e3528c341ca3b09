import Glibc
import MillpondIO
import TestSupport
import Testing

@testable import MillpondNet

/// Connections that no task waits for.
@Suite(.timeLimit(.minutes(5))) struct ConnectorTests {
    @Test(arguments: [1, 200]) func driversRunOnceConnected(count: Int) async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let connector = Connector(address: try server.start(on: .loopback(port: 0)))
            let journal = Journal()
            try await group.reactors[0].run {
                for _ in 0..<count { try connector.open { Caller(channel: $0, journal: journal, says: "hello\n") } }
            }
            #expect(await eventually { journal.all.count == 4 * count })
            for line in ["run", "connected", "heard hello", "closed: finished"] {
                #expect(journal.all.count { $0 == line } == count, "\(line)")
            }
            await server.drain(within: .seconds(2))
        }
    }

    @Test func aUnixSocketIsConnectedAtOnce() async throws {
        try await withGroup(1) { group in
            let path = "/tmp/millpond-connector-\(getpid())"
            defer { unlink(path) }
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let connector = Connector(address: try server.start(on: .unix(path: path)))
            let journal = Journal()
            _ = try await group.reactors[0].run {
                try connector.open { Caller(channel: $0, journal: journal, says: "hello\n") }.channel.isOpen
            }
            #expect(await journal.waits(for: "closed: finished"))
            #expect(journal.all.contains("heard hello"))
            await server.drain(within: .seconds(2))
        }
    }

    @Test func whatIsWrittenBeforeLeavesOnceConnected() async throws {
        try await withGroup(1) { group in
            let heard = Journal()
            let server = TCPServer(group: group) { channel in
                let driver = LineDriver(channel: channel, journal: heard)
                driver.onLine = { driver, line in driver.journal.note(line) }
                return driver
            }
            let connector = Connector(address: try server.start(on: .loopback(port: 0)))
            let journal = Journal()
            try await group.reactors[0].run {
                let channel = try connector.open { Caller(channel: $0, journal: journal, says: nil) }.channel
                try channel.write("early\n")
                channel.closeAfterFlush()
            }
            #expect(await journal.waits(for: "closed: finished"))
            #expect(await heard.waits(for: "early"))
            await server.drain(within: .seconds(2))
        }
    }

    @Test func aRefusalIsToldToTheDriverOnly() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let address = try server.start(on: .loopback(port: 0))
            await server.drain()
            let connector = Connector(address: address)
            let journal = Journal()
            try await group.reactors[0].run {
                _ = try connector.open { Caller(channel: $0, journal: journal, says: "hello\n") }
            }
            #expect(await journal.waits(for: "closed: errno \(ECONNREFUSED)"))
            #expect(journal.all.count == 1)
            let error = connector.error(for: .system(ECONNREFUSED))
            #expect(error.errno == ECONNREFUSED && "\(error)".contains("\(address)"))
        }
    }

    @Test func anAttemptHasADeadline() async throws {
        let full = try FullListener()
        try await withGroup(1) { group in
            let connector = Connector(address: full.address, timeout: .milliseconds(50))
            let journal = Journal()
            try await group.reactors[0].run {
                let channel = try connector.open { Caller(channel: $0, journal: journal, says: "hello\n") }.channel
                // Of no use before there is a connection.
                channel.wake()
            }
            #expect(await journal.waits(for: "closed: connect timed out"))
            #expect(journal.all.count == 1)
            #expect(connector.error(for: .connectTimedOut).code == .timedOut)
        }
    }

    @Test func anAttemptCanBeGivenUp() async throws {
        let full = try FullListener()
        try await withGroup(1) { group in
            let connector = Connector(address: full.address)
            let journal = Journal()
            try await group.reactors[0].run {
                try connector.open { Caller(channel: $0, journal: journal, says: nil) }.channel.close()
                try connector.open { Caller(channel: $0, journal: journal, says: nil) }.channel.closeAfterFlush()
            }
            #expect(await eventually { journal.all == ["closed: finished", "closed: finished"] })
        }
    }

    @Test func aReadDeadlineWaitsForTheConnection() async throws {
        let full = try FullListener()
        try await withGroup(1) { group in
            let connector = Connector(address: full.address, timeout: .milliseconds(200))
            let journal = Journal()
            try await group.reactors[0].run {
                let channel = try connector.open { Caller(channel: $0, journal: journal, says: nil) }.channel
                channel.setReadDeadline(.milliseconds(20))
            }
            #expect(await eventually { !journal.all.isEmpty })
            #expect(journal.all == ["closed: connect timed out"])
        }
    }

    /// A file that waits to be sent: the attempt's deadline holds, not that of a write.
    @Test func aTaskThatWaitsToSendDoesNotMoveTheDeadline() async throws {
        let full = try FullListener()
        try await withGroup(1) { group in
            var options = ChannelOptions()
            options.writeTimeout = .seconds(3600)
            let connector = Connector(address: full.address, timeout: .milliseconds(50), options: options)
            let journal = Journal()
            try await group.reactors[0].run {
                let channel = try connector.open { Caller(channel: $0, journal: journal, says: nil) }.channel
                let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
                defer { close(file) }
                let error = await #expect(throws: IOError.self) {
                    try await channel.sendFile(file, offset: 0, count: 10)
                }
                #expect(error?.code == .timedOut)
            }
            #expect(await journal.waits(for: "closed: connect timed out"))
        }
    }

    /// Refused, given up, out of time: the driver is told once and let go of, and the reactor knows it no more.
    @Test func attemptsThatFailLeaveNothing() async throws {
        let full = try FullListener()
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let address = try server.start(on: .loopback(port: 0))
            await server.drain()
            let refused = Connector(address: address)
            let late = Connector(address: full.address, timeout: .milliseconds(30))
            let journal = Journal()
            let alive = Counter()
            for _ in 0..<10 {
                try await group.reactors[0].run {
                    for _ in 0..<30 {
                        try refused.open { Attempt(channel: $0, journal, alive) }
                        try late.open { Attempt(channel: $0, journal, alive) }
                        try late.open { Attempt(channel: $0, journal, alive) }.channel.close()
                    }
                    #expect(alive.value >= 90)
                }
                #expect(await eventually { alive.value == 0 })
                #expect(await eventually { group.reactors[0].statistics.connections == 0 })
            }
            for reason in ["errno \(ECONNREFUSED)", "connect timed out", "finished"] {
                #expect(journal.all.count { $0 == reason } == 300, "\(reason)")
            }
        }
    }

    /// What reconnects when its connection is closed finds that there is nothing to connect on.
    @Test func nothingIsOpenedAfterShutdown() async throws {
        let full = try FullListener()
        let journal = Journal()
        try await withGroup(1) { group in
            let connector = Connector(address: full.address)
            try await group.reactors[0].run {
                _ = try connector.open { channel in
                    Caller(channel: channel, journal: journal, says: nil) {
                        do throws(IOError) {
                            try connector.open { Caller(channel: $0, journal: journal, says: nil) }
                        } catch {
                            journal.note("refused: \(error.errno == ESHUTDOWN)")
                        }
                    }
                }
            }
        }
        #expect(journal.all == ["closed: shutdown", "refused: true"])
    }

    @Test func shutdownEndsAttempts() async throws {
        let full = try FullListener()
        let journal = Journal()
        try await withGroup(1) { group in
            let connector = Connector(address: full.address)
            try await group.reactors[0].run {
                _ = try connector.open { Caller(channel: $0, journal: journal, says: nil) }
            }
        }
        #expect(journal.all == ["closed: shutdown"])
    }
}

/// Says a line once it is connected, and closes once it has heard one.
private final class Caller: ConnectionDriver {
    private let journal: Journal
    private let line: String?
    private var reader: BufferedReader<SocketSource>
    private let onClosed: () -> Void
    private var isConnected = false

    init(channel: Channel, journal: Journal, says line: String?, onClosed: @escaping () -> Void = {}) {
        self.journal = journal
        self.line = line
        self.onClosed = onClosed
        reader = BufferedReader(SocketSource(channel))
        super.init(channel: channel)
    }

    override var startsImmediately: Bool { true }

    override func run() async -> Next {
        if !isConnected {
            isConnected = true
            journal.note("run")
            journal.note(channel.remoteAddress == nil ? "not connected" : "connected")
            if let line { try? channel.write(Array(line.utf8).span.bytes) }
            return .park
        }
        let heard = try? await reader.withLine { line in line.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
        if let heard { journal.note("heard \(heard)") }
        return .close
    }

    override func closed(_ reason: CloseReason) {
        journal.note("closed: \(reason)")
        onClosed()
    }
}

/// Counts itself as long as it is there.
private final class Attempt: ConnectionDriver {
    private let journal: Journal
    private let alive: Counter

    init(channel: Channel, _ journal: Journal, _ alive: Counter) {
        self.journal = journal
        self.alive = alive
        alive.add()
        super.init(channel: channel)
    }

    deinit { alive.add(-1) }

    override func closed(_ reason: CloseReason) { journal.note("\(reason)") }
}
