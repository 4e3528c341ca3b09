import Glibc
import MillpondIO
import MillpondPools
import TestSupport
import Testing

@testable import MillpondNet

/// What a connection whose driver has done its part is promised: the rest leaves, and nothing begins anew.
@Suite(.timeLimit(.minutes(5))) struct ClosingTests {
    private static let total = 3 << 20

    /// Says more than the kernel takes, then is done.
    private final class Farewell: ConnectionDriver {
        private let journal: Journal

        init(_ channel: Channel, _ journal: Journal) {
            self.journal = journal
            super.init(channel: channel)
        }

        // Once it has heard something: by then its wait has a deadline.
        override func run() async -> Next {
            journal.note("run")
            try? channel.write([UInt8](repeating: 65, count: ClosingTests.total).span.bytes)
            return .close
        }

        override func closed(_ reason: CloseReason) { journal.note("closed: \(reason)") }
    }

    private func withFarewell(
        _ configure: (inout TCPServerOptions) -> Void = { _ in },
        _ body: @Sendable (SocketAddress, Journal) async throws -> Void
    ) async throws {
        var options = TCPServerOptions()
        options.channel.socketBufferSize = 16 << 10
        configure(&options)
        let configured = options
        let journal = Journal()
        try await withGroup(1) { group in
            let server = TCPServer(group: group, options: configured) { Farewell($0, journal) }
            let address = try server.start(on: .loopback(port: 0))
            try await body(address, journal)
            await server.drain(within: .seconds(2))
        }
    }

    /// As many bytes as came before the end.
    private func countAll(_ peer: borrowing BlockingPeer) -> Int {
        var count = 0
        while let text = peer.receive(), !text.isEmpty { count += text.utf8.count }
        return count
    }

    /// The read deadline is for who reads: it does not cut off what a slow peer is still taking.
    @Test func whatIsQueuedOutlivesTheReadDeadline() async throws {
        try await withFarewell {
            $0.channel.readTimeout = .milliseconds(50)
        } _: { address, journal in
            let peer = try BlockingPeer(address)
            peer.send("go\n")
            #expect(await journal.waits(for: "run"))
            // Nothing tells that a deadline has not struck.
            usleep(200_000)
            #expect(countAll(peer) == Self.total)
            #expect(await journal.waits(for: "closed: finished"))
        }
    }

    @Test func aDriverThatIsDoneIsNotRunAgain() async throws {
        try await withFarewell { address, journal in
            let peer = try BlockingPeer(address)
            peer.send("go\n")
            #expect(await journal.waits(for: "run"))
            peer.send("more\n")
            // Two pieces, and so two events.
            usleep(50_000)
            peer.send("and more\n")
            peer.finish()
            #expect(countAll(peer) == Self.total)
            #expect(await journal.waits(for: "closed: finished"))
            #expect(journal.all.count { $0 == "run" } == 1)
        }
    }

    /// What has come when the server begins to end is answered: its driver is not waiting any more.
    @Test func drainAnswersWhatHasCome() async throws {
        let journal = Journal()
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: journal) }
            let address = try server.start(on: .loopback(port: 0))
            let peer = try BlockingPeer(address)
            peer.send("one\n")
            #expect(peer.receive() == "one\n")
            // The reactor is busy while the line comes and the drain is asked for, and hears of the line first.
            group.reactors[0].post { _ in usleep(300_000) }
            usleep(100_000)
            peer.send("two\n")
            let left = await server.drain(within: .seconds(5))
            #expect(peer.receive() == "two\n" && peer.receive() == "")
            #expect(left == 0)
            #expect(journal.all == ["line one", "line two", "closed: finished"])
        }
    }

    /// A driver that takes over while the server ends is told so as well.
    @Test func aSuccessorIsToldOfTheDrain() async throws {
        let journal = Journal()
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { channel in
                Predecessor(LineDriver(channel: channel, journal: journal)) { channel in
                    try? await channel.reactor.sleep(for: .milliseconds(200))
                }
            }
            let address = try server.start(on: .loopback(port: 0))
            let peer = try BlockingPeer(address)
            #expect(await eventually { server.connectionCount == 1 })
            #expect(await server.drain(within: .seconds(20)) == 0)
            #expect(peer.receive() == "")
            #expect(journal.all == ["closed: finished"])
        }
    }

    /// The connection is over when it is handed over: who would have had it learns that.
    @Test func aSuccessorIsToldOfTheEnd() async throws {
        let journal = Journal()
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { channel in
                Predecessor(LineDriver(channel: channel, journal: journal)) { $0.close(.protocolError) }
            }
            let address = try server.start(on: .loopback(port: 0))
            let peer = try BlockingPeer(address)
            #expect(peer.receive() == "")
            #expect(await journal.waits(for: "closed: protocol error"))
            await server.drain(within: .seconds(2))
        }
    }

    /// The peer's address can be logged at the end, and is no other connection's afterwards.
    @Test func addressesLastUntilTheEnd() async throws {
        // Sound: used on the reactor only.
        final class Kept: @unchecked Sendable {
            var channel: Channel?
        }
        final class Logging: ConnectionDriver {
            let journal: Journal
            let kept: Kept

            init(_ channel: Channel, _ journal: Journal, _ kept: Kept) {
                self.journal = journal
                self.kept = kept
                super.init(channel: channel)
            }

            override func run() async -> Next { .close }

            override func closed(_ reason: CloseReason) {
                journal.note("\(channel.remoteAddress != nil) \(channel.localAddress != nil)")
                kept.channel = channel
            }
        }
        let journal = Journal()
        let kept = Kept()
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { Logging($0, journal, kept) }
            let address = try server.start(on: .loopback(port: 0))
            let peer = try BlockingPeer(address)
            peer.send("hello")
            #expect(peer.receive() == "")
            #expect(await journal.waits(for: "true true"))
            let isOver = await group.reactors[0].run {
                defer { kept.channel = nil }
                return kept.channel?.remoteAddress == nil && kept.channel?.localAddress == nil
            }
            #expect(isOver)
            await server.drain(within: .seconds(2))
        }
    }
}

/// Hands its connection over when it has done something.
private final class Predecessor: ConnectionDriver {
    private let successor: ConnectionDriver
    private let first: (Channel) async -> Void

    init(_ successor: ConnectionDriver, first: @escaping (Channel) async -> Void) {
        self.successor = successor
        self.first = first
        super.init(channel: successor.channel)
    }

    override var startsImmediately: Bool { true }

    override func run() async -> Next {
        await first(channel)
        return .handOver(to: successor)
    }
}
