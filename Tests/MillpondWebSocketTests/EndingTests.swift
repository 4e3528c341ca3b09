import MillpondIO
import MillpondNet
import MillpondPools
import TestSupport
import Testing

@testable import MillpondWebSocket

/// How connections end that nobody reads, or nobody holds.
@Suite(.timeLimit(.minutes(5))) struct EndingTests {
    /// Says more than the kernel takes, then closes.
    private final class Farewell: WebSocketHandler, Sendable {
        static let count = 3 << 20

        func opened(_ socket: WebSocket) async throws {
            try withView([UInt8](repeating: 65, count: Self.count)) { try socket.send($0) }
            socket.close(.normal, reason: "bye")
        }
    }

    /// The deadline for the peer's close frame does not cut off what it is still taking before that.
    @Test func aSlowPeerGetsWhatWasQueuedBeforeTheClose() async throws {
        var options = WebSocketOptions()
        options.closeTimeout = .milliseconds(50)
        try await withServer(options: options, handler: Farewell()) { server in
            var channel = ChannelOptions()
            channel.socketBufferSize = 16 << 10
            var connection = try await server.connectRaw(channel)
            // Nothing tells that a deadline has not struck.
            try await connection.channel.reactor.sleep(for: .milliseconds(300))
            var count = 0
            // In pieces: no view is as long as the message.
            #expect(try await connection.reader.readByte() == 0x82)
            #expect(try await connection.reader.readByte() == 127)
            let length = Int(try await connection.reader.readInteger(as: UInt64.self))
            try await connection.reader.forEachChunk(length) { count += $0.byteCount }
            #expect(count == Farewell.count)
            let close = try await connection.reader.frame()
            #expect(close.opcode == 0x88 && close.payload == [3, 232] + Array("bye".utf8))
            #expect(try await connection.reader.isAtEnd())
        }
    }

    /// A task that lets go of its connection can't close it any more.
    @Test func aConnectionThatNobodyHoldsIsClosed() async throws {
        let recorder = Recorder()
        try await withServer(handler: recorder) { server in
            func talk() async throws {
                let socket = try await WebSocketClient.connect(to: server.url)
                try socket.send("hello")
                #expect(try await socket.receive { _, view in view.byteCount } == 5)
            }
            for _ in 0..<3 { try await talk() }
            try await recorder.waitForEndings(3)
            #expect(recorder.endings.count == 3)
            while let reactor = Reactor.current, reactor.statistics.connections > 0 {
                try await reactor.sleep(for: .milliseconds(2))
            }
        }
    }

    /// A client's masking keys are new for each frame and each connection.
    @Test func masksDiffer() async throws {
        let frames = 300
        let keys = Guarded<[UInt32]>([])
        let group = try ReactorGroup(count: 1)
        let server = TCPServer(group: group) { connection in
            let letters = try await connection.reader.handshakeAccept()
            let fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(letters)"
            try connection.channel.write(Array("HTTP/1.1 101 x\r\n\(fields)\r\n\r\n".utf8))
            for _ in 0..<frames {
                try await connection.reader.skip(2)
                let key = try await connection.reader.readInteger(as: UInt32.self)
                try await connection.reader.skip(5)
                keys.withLock { $0.append(key) }
            }
        }
        let address = try server.start(on: .loopback(port: 0))
        try await group.reactors[0].run {
            for _ in 0..<2 {
                let socket = try await WebSocketClient.connect(to: "ws://\(address)/")
                for _ in 0..<frames { try socket.send("hello") }
                #expect(try await socket.receive { _, _ in true } == nil)
            }
        }
        await server.drain(within: .seconds(2))
        await group.shutdown()
        let all = keys.withLock { $0 }
        #expect(all.count == 2 * frames)
        // Two equal ones among so many are one in twenty thousand.
        #expect(Set(all).count >= all.count - 2)
    }
}
