import Glibc
import MillpondIO
import TestSupport
import Testing

@testable import MillpondNet

/// Connections to a host by its name.
@Suite(.timeLimit(.minutes(5))) struct ConnectingTests {
    @Test func aNameIsLookedUp() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let port = try #require(try server.start(on: .loopback(port: 0)).port)
            try await group.reactors[0].run { try await Channel.connect(host: "localhost", port: port).close() }
            #expect(server.acceptedCount == 1)
        }
    }

    /// The deadline of a task that does something else meanwhile.
    @Test func aReadDeadlineThatHasPassedStrikesAtTheNextRead() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let address = try server.start(on: .loopback(port: 0))
            try await group.reactors[0].run {
                var options = ChannelOptions()
                options.readTimeout = .seconds(3600)
                var connection = try await TCPConnection.connect(to: address, options: options)
                connection.channel.setReadDeadline(.milliseconds(30))
                // A wait that ends in time arms the timer.
                try connection.channel.write("one\n")
                try await connection.reader.skip(4)
                try await connection.channel.reactor.sleep(for: .milliseconds(100))
                do {
                    _ = try await connection.reader.fill()
                    Issue.record("nothing was to come")
                } catch let error as IOError {
                    #expect(error.code == .timedOut)
                }
            }
            await server.drain(within: .seconds(2))
        }
    }

    /// A server that speaks first: what it says before there is a driver is there for that.
    @Test func whatCameBeforeTheDriverIsThereForIt() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { connection in
                try connection.channel.write("welcome\n")
                _ = try await connection.reader.fill()
            }
            let address = try server.start(on: .loopback(port: 0))
            let journal = Journal()
            try await group.reactors[0].run {
                let channel = try await Channel.connect(to: address)
                // Nothing tells that the event has come.
                try await channel.reactor.sleep(for: .milliseconds(100))
                let driver = LineDriver(channel: channel, journal: journal)
                driver.onLine = { driver, _ in driver.channel.closeAfterFlush() }
                channel.start(driver)
            }
            #expect(await journal.waits(for: "line welcome"))
            await server.drain(within: .seconds(2))
        }
    }

    /// A cancellation comes by mail, when the wait that it was for may be over and another under way.
    @Test func aCancellationIsForItsOwnWait() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let address = try server.start(on: .loopback(port: 0))
            let reactor = group.reactors[0]
            try await reactor.run {
                let connection = TCPConnection(try await Channel.connect(to: address))
                let channel = connection.channel
                let reference = channel.reference
                async let outcome = Self.wait(reference, on: reactor)
                // For that task to wait.
                try await reactor.sleep(for: .milliseconds(20))
                channel.cancelWait(.read, number: channel.readWaitNumber &- 1)
                #expect(!channel.state.contains(.readCancelled))
                channel.cancelWait(.read, number: channel.readWaitNumber)
                #expect(await outcome == "cancelled")
            }
            await server.drain(within: .seconds(2))
        }
    }

    private static func wait(_ reference: ChannelReference, on reactor: Reactor) async -> String {
        guard let channel = reference.channel else { return "no channel" }
        var source = SocketSource(channel)
        do {
            try await source.waitUntilReadable()
            return "readable"
        } catch {
            return error is CancellationError ? "cancelled" : "\(error)"
        }
    }

    @Test func theLastRefusalIsTheError() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let port = try #require(try server.start(on: .loopback(port: 0)).port)
            _ = await server.drain()
            let error = await #expect(throws: IOError.self) {
                try await group.reactors[0].run { try await Channel.connect(host: "localhost", port: port).close() }
            }
            #expect(error?.errno == ECONNREFUSED)
        }
    }

    @Test func withoutTimeThereIsNoAttempt() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let port = try #require(try server.start(on: .loopback(port: 0)).port)
            let error = await #expect(throws: IOError.self) {
                try await group.reactors[0].run {
                    try await Channel.connect(host: "127.0.0.1", port: port, timeout: .zero).close()
                }
            }
            #expect(error?.code == .timedOut)
            #expect(server.acceptedCount == 0)
        }
    }
}
