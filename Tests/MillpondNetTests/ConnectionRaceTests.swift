import Glibc
import MillpondIO
import TestSupport
import Testing

@testable import MillpondNet

/// Attempts to several addresses side by side. Delays that must not matter are an hour long, so that a test that waits
/// for one fails by its time limit.
@Suite(.timeLimit(.minutes(1))) struct ConnectionRaceTests {
    private static let hour = Duration.seconds(3600)

    @Test func familiesTakeTurns() {
        let v4 = (1...3).map { SocketAddress.ipv4(UInt32($0), port: 1) }
        let v6 = (1...3).map { SocketAddress.ipv6(high: 0, low: UInt64($0), port: 1) }
        let rows: [([SocketAddress], [SocketAddress])] = [
            ([], []),
            ([v4[0]], [v4[0]]),
            ([v6[0], v6[1], v4[0], v4[1]], [v6[0], v4[0], v6[1], v4[1]]),
            ([v4[0], v6[0], v6[1], v6[2]], [v4[0], v6[0], v6[1], v6[2]]),
            ([v6[0], v6[1], v6[2], v4[0]], [v6[0], v4[0], v6[1], v6[2]]),
            ([v4[0], v4[1], v4[2]], v4),
        ]
        for (given, expected) in rows { #expect(ConnectionRace.interleaved(given) == expected) }
    }

    @Test func anAddressThatRefusesPassesTheTurnAtOnce() async throws {
        try await withServer { client, open in
            let refusing = try Self.unusedAddress()
            try await client.reactors[0].run {
                let channel = try await Channel.connect(
                    toOneOf: [refusing, refusing, open], timeout: Self.hour, attemptDelay: Self.hour)
                #expect(channel.remoteAddress == open)
                channel.close()
            }
        }
    }

    @Test func anAddressThatStaysSilentIsJoinedByTheNext() async throws {
        try await withServer { client, open in
            let silent = try FullListener()
            try await client.reactors[0].run {
                let channel = try await Channel.connect(
                    toOneOf: [silent.address, silent.address, open], timeout: Self.hour,
                    attemptDelay: .milliseconds(5))
                #expect(channel.remoteAddress == open)
                // The losers were closed before the winner was handed out.
                let reactor = channel.reactor
                #expect(await eventually { reactor.statistics.connections == 1 })
                channel.close()
            }
        }
    }

    /// The second fails while the first goes on: the third begins without waiting for the delay.
    @Test func aFailureBesideARunningAttemptStartsTheNext() async throws {
        try await withServer { client, open in
            let silent = try FullListener()
            let refusing = try Self.unusedAddress()
            try await client.reactors[0].run {
                let channel = try await Channel.connect(
                    toOneOf: [silent.address, refusing, refusing, refusing, open], timeout: Self.hour,
                    attemptDelay: .milliseconds(20))
                #expect(channel.remoteAddress == open)
                channel.close()
            }
        }
    }

    @Test func ofTwoThatSucceedOneIsClosed() async throws {
        try await withServer { client, open in
            for _ in 0..<50 {
                try await client.reactors[0].run {
                    let channel = try await Channel.connect(
                        toOneOf: [open, open, open], timeout: Self.hour, attemptDelay: .zero)
                    #expect(channel.isOpen)
                    let reactor = channel.reactor
                    #expect(await eventually { reactor.statistics.connections == 1 })
                    channel.close()
                }
                #expect(await eventually { client.reactors[0].statistics.connections == 0 })
            }
        }
    }

    @Test func oneDeadlineIsOverAll() async throws {
        try await withGroup(1) { group in
            let silent = try FullListener()
            let addresses = Array(repeating: silent.address, count: 100)
            let error = await #expect(throws: IOError.self) {
                try await group.reactors[0].run {
                    try await Channel.connect(
                        toOneOf: addresses, timeout: .milliseconds(100), attemptDelay: .milliseconds(10)
                    ).close()
                }
            }
            #expect(error?.code == .timedOut)
            #expect(await eventually { group.reactors[0].statistics.connections == 0 })
        }
    }

    @Test func theLastErrorIsThrown() async throws {
        try await withGroup(1) { group in
            let refusing = try Self.unusedAddress()
            let error = await #expect(throws: IOError.self) {
                try await group.reactors[0].run {
                    try await Channel.connect(
                        toOneOf: [refusing, refusing], timeout: Self.hour, attemptDelay: Self.hour
                    ).close()
                }
            }
            #expect(error?.errno == ECONNREFUSED)
            #expect(error?.subject == "\(refusing)")
        }
    }

    @Test func cancellingLeavesNothingOpen() async throws {
        try await withGroup(1) { group in
            let silent = try FullListener()
            let reactor = group.reactors[0]
            let task = Task {
                try await reactor.run {
                    try await Channel.connect(
                        toOneOf: [silent.address, silent.address], timeout: Self.hour, attemptDelay: .zero
                    ).close()
                }
            }
            #expect(await eventually { reactor.statistics.connections == 2 })
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(await eventually { reactor.statistics.connections == 0 })
        }
    }

    /// Runs `body` with a group for clients and the address of a server that has reactors of its own.
    private func withServer(
        _ body: @escaping @Sendable (ReactorGroup, SocketAddress) async throws -> Void
    ) async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let open = try server.start(on: .loopback(port: 0))
            try await withGroup(1) { try await body($0, open) }
        }
    }

    private static func unusedAddress() throws -> SocketAddress {
        try FullListener().address
    }
}
