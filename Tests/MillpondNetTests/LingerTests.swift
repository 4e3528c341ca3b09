import TestSupport
import Testing

@testable import MillpondNet

/// Connections that have sent everything, and wait for their peer to close too.
@Suite(.timeLimit(.minutes(1))) struct LingerTests {
    /// Closes, and goes on using the channel while it lingers.
    final class Busy: ConnectionDriver {
        let isLong: Bool

        init(channel: Channel, isLong: Bool) {
            self.isLong = isLong
            super.init(channel: channel)
        }

        override var startsImmediately: Bool { true }

        override func run() async -> Next {
            channel.closeAfterFlush()
            try? await channel.reactor.sleep(for: .milliseconds(10))
            #expect(channel.state.contains(.lingering))
            channel.setReadDeadline(.seconds(60))
            channel.setReadDeadline(nil)
            if isLong { try? await channel.reactor.sleep(for: .milliseconds(300)) }
            return .close
        }
    }

    @Test("end at their own deadline, whatever the driver sets or still does", arguments: [true, false])
    func deadline(isLong: Bool) async throws {
        try await withGroup(1) { group in
            var options = TCPServerOptions()
            options.channel.lingerTimeout = .milliseconds(100)
            let server = TCPServer(group: group, options: options) { Busy(channel: $0, isLong: isLong) }
            let peer = try BlockingPeer(try server.start(on: .loopback(port: 0)))
            #expect(await eventually { server.connectionCount == 1 })
            #expect(await eventually { server.connectionCount == 0 })
            withExtendedLifetime(peer) {}
            await server.drain(within: .seconds(2))
        }
    }
}
