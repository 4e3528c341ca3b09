import Glibc
import MillpondIO
import Testing

@testable import MillpondNet

/// Connections to a host by its name.
@Suite struct ConnectingTests {
    @Test func aNameIsLookedUp() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let port = try #require(try server.start(on: .loopback(port: 0)).port)
            try await group.reactors[0].run { try await Channel.connect(host: "localhost", port: port).close() }
            #expect(server.acceptedCount == 1)
        }
    }

    @Test func anAddressThatRefusesPassesTheTurnToTheNext() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let open = try server.start(on: .loopback(port: 0))
            let closed = try Self.unusedAddress()
            try await group.reactors[0].run {
                let end = ContinuousClock.now + .seconds(10)
                try await Channel.connect(toOneOf: [closed, open], until: end, options: .init()).close()
            }
            #expect(server.acceptedCount == 1)
        }
    }

    @Test func anAddressThatStaysSilentLeavesTimeForTheNext() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group) { LineDriver(channel: $0, journal: Journal()) }
            let open = try server.start(on: .loopback(port: 0))
            // A queue of connections that is full: the kernel answers no further one.
            let silent = try FullListener()
            try await group.reactors[0].run {
                let end = ContinuousClock.now + .seconds(1)
                try await Channel.connect(toOneOf: [silent.address, open], until: end, options: .init()).close()
            }
            #expect(server.acceptedCount == 1)
        }
    }

    private static func unusedAddress() throws -> SocketAddress {
        let listener = try FullListener()
        return listener.address
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

/// A listening socket whose queue is full, so that nobody gets in.
private final class FullListener: Sendable {
    let address: SocketAddress
    private let descriptor: Int32
    private let filling: [Int32]

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let bound = try SocketAddress.loopback(port: 0).withSockaddr { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 0) == 0, let address = SocketAddress.local(of: listener) else {
            throw IOError.system(errno: errno, operation: "listen")
        }
        descriptor = listener
        self.address = address
        filling = try (0..<4).map { _ in
            let peer = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = try address.withSockaddr { connect(peer, $0, $1) }
            return peer
        }
    }

    deinit {
        for descriptor in filling + [descriptor] { close(descriptor) }
    }
}
