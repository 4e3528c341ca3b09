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
