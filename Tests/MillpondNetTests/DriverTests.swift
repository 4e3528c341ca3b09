import Glibc
import MillpondIO
import MillpondPools
import TestSupport
import Testing

@testable import MillpondNet

/// What a connection's driver is promised.
@Suite(.timeLimit(.minutes(5))) struct DriverTests {
    /// A server of line drivers, and a peer connected to it.
    func withServer(
        options: TCPServerOptions = .init(), configure: @escaping @Sendable (LineDriver) -> Void = { _ in },
        _ body: @Sendable (TCPServer, SocketAddress, Journal) async throws -> Void
    ) async throws {
        let journal = Journal()
        try await withGroup(1) { group in
            let server = TCPServer(group: group, options: options) { channel in
                let driver = LineDriver(channel: channel, journal: journal)
                configure(driver)
                return driver
            }
            let address = try server.start(on: .loopback(port: 0))
            try await body(server, address, journal)
            await server.drain(within: .seconds(2))
            #expect(server.connectionCount == 0)
        }
    }

    @Test func parksBetweenMessagesAndEndsWithThePeer() async throws {
        try await withServer { server, address, journal in
            do {
                let peer = try BlockingPeer(address)
                for text in ["one\n", "two\n"] {
                    peer.send(text)
                    #expect(peer.receive() == text)
                }
                #expect(server.connectionCount == 1)
            }
            #expect(await journal.waits(for: "closed: finished"))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOneSegment() async throws {
        try await withServer { _, address, _ in
            let peer = try BlockingPeer(address)
            peer.send(String(repeating: "ping\n", count: 16))
            #expect(peer.receive() == String(repeating: "ping\n", count: 16))
        }
    }

    @Test func aValueInPiecesIsWaitedForInsideTheRun() async throws {
        try await withServer { _, address, journal in
            let peer = try BlockingPeer(address)
            for piece in ["h", "el", "lo\nwor"] {
                peer.send(piece)
                usleep(20_000)
            }
            #expect(peer.receive() == "hello\n")
            peer.finish()
            #expect(await journal.waits(for: "closed: finished"))
            #expect(journal.all.contains { $0.hasPrefix("error unexpected end") })
        }
    }

    @Test func anIdleConnectionIsClosedAtItsDeadline() async throws {
        var options = TCPServerOptions()
        options.channel.readTimeout = .milliseconds(50)
        try await withServer(options: options) { _, address, journal in
            let peer = try BlockingPeer(address)
            #expect(peer.receive() == "")
            #expect(await journal.waits(for: "closed: read timed out"))
        }
    }

    @Test func aPeerThatStallsInsideAMessageIsClosedAtTheDeadline() async throws {
        var options = TCPServerOptions()
        options.channel.readTimeout = .milliseconds(50)
        try await withServer(options: options) { _, address, journal in
            let peer = try BlockingPeer(address)
            peer.send("half a li")
            #expect(peer.receive() == "")
            #expect(await journal.waits(for: "error timed out"))
        }
    }

    @Test func aTotalDeadlineStopsAPeerThatTrickles() async throws {
        try await withServer(configure: { $0.channel.setReadDeadline(.milliseconds(150)) }) { _, address, journal in
            let peer = try BlockingPeer(address)
            for _ in 0..<100 where peer.send("x") > 0 { usleep(10_000) }
            #expect(await journal.waits(for: "error timed out"))
        }
    }

    @Test func aDeadlineThatIsTakenBackLeavesTheReadTimeout() async throws {
        var options = TCPServerOptions()
        options.channel.readTimeout = .milliseconds(50)
        let reference = Guarded<ChannelReference?>(nil)
        try await withServer(options: options) { driver in
            driver.channel.setReadDeadline(.seconds(3600))
            reference.withLock { $0 = driver.channel.reference }
        } _: { server, address, journal in
            let peer = try BlockingPeer(address)
            peer.send("one\n")
            #expect(peer.receive() == "one\n")
            let kept = try #require(reference.withLock { $0 })
            // It is parked by now, or soon.
            usleep(20_000)
            await kept.reactor.run { kept.channel?.setReadDeadline(nil) }
            #expect(await journal.waits(for: "closed: read timed out"))
        }
    }

    @Test func aDeadlineThatPassesWhileNobodyReadsStrikesAtTheNextRead() async throws {
        try await withServer(configure: { driver in
            driver.onLine = { driver, _ in
                driver.channel.setReadDeadline(.milliseconds(20))
                try await driver.channel.reactor.sleep(for: .milliseconds(100))
                try driver.channel.write("slept\n")
            }
        }) { _, address, journal in
            let peer = try BlockingPeer(address)
            peer.send("one\nhalf")
            #expect(peer.receive() == "slept\n")
            #expect(await journal.waits(for: "error timed out"))
        }
    }

    /// Nor does a peer that always has more to read keep it from striking.
    @Test func aTotalDeadlineStopsAPeerThatFloods() async throws {
        final class Sipping: ConnectionDriver {
            override func run() async -> Next {
                let outcome = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
                    var output = OutputRawSpan(buffer: buffer, initializedCount: 0)
                    let outcome = try? channel.read(into: &output)
                    _ = output.finalize(for: buffer)
                    return outcome
                }
                if case .endOfStream = outcome { return .close }
                return .park
            }
        }
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { channel in
                channel.setReadDeadline(.milliseconds(100))
                return Sipping(channel: channel)
            }
            let port = try server.start(on: .loopback(port: 0)).port ?? 0
            let ended = Task.detached {
                let peer = try PlainSocket(port: port)
                let end = ContinuousClock.now + .seconds(20)
                while ContinuousClock.now < end, peer.send(String(repeating: "x", count: 4096)) {}
                return ContinuousClock.now < end
            }
            #expect(try await ended.value)
            await server.drain(within: .seconds(2))
        }
    }

    @Test func aDriverMayRunAtItsDeadlineInstead() async throws {
        var options = TCPServerOptions()
        options.channel.readTimeout = .milliseconds(30)
        try await withServer(options: options, configure: { $0.onDeadline = .run }) { _, address, journal in
            let peer = try BlockingPeer(address)
            #expect(await journal.waits(for: "deadline"))
            peer.send("still here\n")
            #expect(peer.receive() == "still here\n")
        }
    }

    @Test func aPeerThatTakesNothingIsClosedAtTheWriteDeadline() async throws {
        var options = TCPServerOptions()
        options.channel.writeTimeout = .milliseconds(100)
        options.channel.outboxLimit = 64 << 20
        let flood: @Sendable (LineDriver) -> Void = { driver in
            driver.onLine = { driver, _ in
                let megabyte = [UInt8](repeating: 1, count: 1 << 20)
                for _ in 0..<32 {
                    try driver.channel.write(megabyte.span.bytes)
                    try await driver.channel.flush()
                }
            }
        }
        try await withServer(options: options, configure: flood) { _, address, journal in
            let peer = try BlockingPeer(address)
            peer.send("go\n")
            #expect(await journal.waits(for: "closed: write timed out"))
            #expect(journal.all.contains("error timed out"))
        }
    }

    @Test(arguments: [OutboxPolicy.disconnect, .refuse])
    func theOutboxIsBounded(policy: OutboxPolicy) async throws {
        var options = TCPServerOptions()
        options.channel.outboxLimit = 1 << 20
        options.channel.outboxPolicy = policy
        options.channel.socketBufferSize = 16 << 10
        let flood: @Sendable (LineDriver) -> Void = { driver in
            driver.onLine = { driver, line in
                if line == "status" { return try driver.channel.write("alive\n") }
                let piece = [UInt8](repeating: 65, count: 100_000)
                for _ in 0..<200 { try? driver.channel.write(piece.span.bytes) }
                #expect(driver.channel.queuedByteCount <= 1 << 20)
            }
        }
        try await withServer(options: options, configure: flood) { _, address, journal in
            let peer = try BlockingPeer(address)
            peer.send("go\n")
            if policy == .disconnect {
                #expect(await journal.waits(for: "closed: outbox overflow"))
            } else {
                #expect(await journal.waits(for: "line go"))
                peer.send("status\n")
                var text = ""
                while !text.hasSuffix("alive\n"), let more = peer.receive(), !more.isEmpty { text += more }
                #expect(text.hasSuffix("Aalive\n"))
            }
        }
    }

    @Test func theLastBytesSurviveAPeerThatStillSends() async throws {
        try await withServer(configure: { driver in
            driver.onLine = { driver, _ in
                try driver.channel.write("bye\n")
                driver.channel.closeAfterFlush()
                throw IOError.closed
            }
        }) { _, address, _ in
            let peer = try BlockingPeer(address)
            // Unread input at a plain close would answer with a reset and lose the farewell.
            peer.send("quit\n" + String(repeating: "more\n", count: 1000))
            usleep(50_000)
            peer.send("and more\n")
            #expect(peer.receive() == "bye\n")
            #expect(peer.receive() == "")
        }
    }

    @Test func aResetEndsAParkedConnection() async throws {
        try await withServer { _, address, journal in
            do {
                let peer = try BlockingPeer(address)
                peer.send("hello\n")
                #expect(peer.receive() == "hello\n")
                peer.reset()
            }
            #expect(await journal.waits(for: "closed: finished"))
        }
    }

    @Test func pushesFromAnotherThreadArriveInOrder() async throws {
        let reference = Guarded<ChannelReference?>(nil)
        try await withServer(configure: { driver in
            reference.withLock { $0 = driver.channel.reference }
        }) { _, address, _ in
            let peer = try BlockingPeer(address)
            peer.send("hello\n")
            #expect(peer.receive() == "hello\n")
            let target = reference.withLock { $0! }
            var expected = ""
            for index in 0..<1000 {
                let line = "push \(index)\n"
                expected += line
                target.send(try SharedBytes(copying: Array(line.utf8).span.bytes, from: .shared))
            }
            var received = ""
            while received.utf8.count < expected.utf8.count, let more = peer.receive(), !more.isEmpty {
                received += more
            }
            #expect(received == expected)
            target.close(.protocolError)
            #expect(peer.receive() == "")
            // For a connection that is gone nothing happens.
            target.send(SharedBytes("late"))
            target.close()
        }
    }

    @Test func drainLetsAHandlerFinishAndClosesTheRest() async throws {
        let journal = Journal()
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { channel in
                let driver = LineDriver(channel: channel, journal: journal)
                driver.onLine = { driver, line in
                    try await driver.channel.reactor.sleep(for: line == "short" ? .milliseconds(100) : .seconds(100))
                    try driver.channel.write("done\n")
                }
                return driver
            }
            let address = try server.start(on: .loopback(port: 0))
            let idle = try BlockingPeer(address)
            let short = try BlockingPeer(address)
            let long = try BlockingPeer(address)
            short.send("short\n")
            long.send("long\n")
            #expect(await journal.waits(for: "line short"))
            #expect(await journal.waits(for: "line long"))
            let left = await server.drain(within: .milliseconds(600))
            #expect(left >= 1)
            #expect(server.connectionCount == 0)
            #expect(idle.receive() == "")
            #expect(short.receive() == "done\n")
            #expect(long.receive() == "")
            #expect(journal.all.contains("closed: shutdown"))
            #expect(throws: (any Error).self) { _ = try BlockingPeer(address) }
        }
    }

    /// Another protocol takes over at once; after a run that was cancelled it has a task that is not.
    @Test(arguments: [false, true]) func aSuccessorIsRunByATaskThatIsNotCancelled(cancelled: Bool) async throws {
        final class Predecessor: ConnectionDriver {
            let successor: LineDriver
            let cancelled: Bool

            init(_ successor: LineDriver, cancelled: Bool) {
                self.successor = successor
                self.cancelled = cancelled
                super.init(channel: successor.channel)
            }

            override var startsImmediately: Bool { true }

            override func run() async -> Next {
                if cancelled { channel.cancelRun() }
                successor.journal.note("first \(Task.isCancelled)")
                return .handOver(to: successor)
            }
        }
        let journal = Journal()
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { channel in
                let successor = LineDriver(channel: channel, journal: journal)
                successor.onLine = { driver, _ in driver.journal.note("second \(Task.isCancelled)") }
                return Predecessor(successor, cancelled: cancelled)
            }
            let address = try server.start(on: .loopback(port: 0))
            do {
                let peer = try BlockingPeer(address)
                peer.send("hello\n")
                #expect(await journal.waits(for: "second false"))
                peer.finish()
                #expect(await journal.waits(for: "closed: finished"))
            }
            #expect(journal.all == ["first \(cancelled)", "line hello", "second false", "closed: finished"])
            await server.drain(within: .seconds(2))
        }
    }

    @Test func startingOnReactorsThatWereShutDownFailsAndLeavesNoSocket() async throws {
        let group = try ReactorGroup(count: 2)
        let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
        await group.shutdown()
        let address = SocketAddress.loopback(port: 0)
        let error = #expect(throws: IOError.self) { try server.start(on: address) }
        #expect(error?.errno == ESHUTDOWN)
        // What was bound is closed again.
        let bound = try #require(server.address)
        #expect(throws: IOError.self) { _ = try BlockingPeer(bound) }
    }
}
