import MillpondIO
import MillpondNet
import MillpondWebSocket
import Testing

@Suite(.timeLimit(.minutes(5))) struct HostilePeerTests {
    /// What the server must say to each of the parser's refused inputs.
    @Test func everyBrokenRuleIsAnsweredWithItsCodeAndTheEnd() async throws {
        var options = WebSocketOptions()
        options.maximumMessageSize = 1000
        try await withServer(options: options, handler: Recorder()) { server in
            for (name, bytes, code) in ParserTests.refused {
                for size in [bytes.count, 1] where bytes.count < 100 || size > 1 {
                    var connection = try await server.connectRaw()
                    try await Self.send(bytes, by: size, to: connection.channel)
                    var answer = try await connection.reader.frame()
                    while answer.opcode != 0x88 { answer = try await connection.reader.frame() }
                    let expected: UInt16 =
                        code == .invalidUTF8 ? 1007 : code == .messageTooLarge ? 1009 : 1002
                    let got = answer.payload.count < 2 ? 0 : UInt16(answer.payload[0]) << 8 | UInt16(answer.payload[1])
                    #expect(got == expected, "\(name), in pieces of \(size)")
                    #expect(try await connection.reader.isAtEnd())
                }
            }
        }
    }

    private static func send(_ bytes: [UInt8], by size: Int, to channel: Channel) async throws {
        var start = 0
        while start < bytes.count, channel.isOpen {
            let end = min(bytes.count, start + size)
            try channel.write(Array(bytes[start..<end]))
            // The server may have heard enough, and closed.
            do { try await channel.drain() } catch { return }
            start = end
            if size == 1 { try await channel.reactor.sleep(for: .microseconds(100)) }
        }
    }

    @Test func fragmentsInSmallPiecesWithPingsBetweenThem() async throws {
        try await withServer(handler: Recorder()) { server in
            var connection = try await server.connectRaw()
            let payload = SeededGenerator(seed: 8).copy(40_000)
            var bytes: [UInt8] = []
            for start in stride(from: 0, to: payload.count, by: 10_000) {
                let part = Array(payload[start..<start + 10_000])
                bytes += MillpondWebSocketTests.frame(start == 0 ? 2 : 0, part, isFinal: start == 30_000)
                bytes += MillpondWebSocketTests.frame(9, [UInt8(start / 10_000)])
            }
            try await Self.send(bytes, by: 777, to: connection.channel)
            for number in UInt8(0)..<3 {
                let pong = try await connection.reader.frame()
                #expect(pong.opcode == 0x8A && pong.payload == [number])
            }
            let message = try await connection.reader.frame()
            #expect(message.opcode == 0x82 && message.payload == payload)
            let pong = try await connection.reader.frame()
            #expect(pong.opcode == 0x8A && pong.payload == [3])
        }
    }

    @Test func aByteNowAndThenDoesNotKeepAMessageOpen() async throws {
        var options = WebSocketOptions()
        options.messageTimeout = .milliseconds(150)
        let recorder = Recorder()
        try await withServer(options: options, handler: recorder) { server in
            for bytes in [
                MillpondWebSocketTests.frame(1, [UInt8](repeating: 65, count: 100)), [0x81, 0xFE, 0x01, 0x00, 1],
            ] {
                var connection = try await server.connectRaw()
                var sent = 0
                while connection.channel.isOpen, sent < bytes.count, recorder.endings.isEmpty || sent < 2 {
                    try connection.channel.write([bytes[sent]])
                    sent += 1
                    try await connection.channel.reactor.sleep(for: .milliseconds(20))
                    if connection.channel.isPeerClosed { break }
                }
                let answer = try await connection.reader.frame()
                #expect(answer.opcode == 0x88 && answer.payload.starts(with: [0x03, 0xF0]))
                #expect(sent < 40)
            }
        }
    }

    @Test func aSilentPeerIsToldGoodbye() async throws {
        var options = WebSocketOptions()
        options.idleTimeout = .milliseconds(100)
        let recorder = Recorder()
        try await withServer(options: options, handler: recorder) { server in
            var connection = try await server.connectRaw()
            let answer = try await connection.reader.frame()
            #expect(answer.opcode == 0x88 && answer.payload.starts(with: [0x03, 0xE9]))
            #expect(try await connection.reader.isAtEnd())
        }
        #expect(recorder.endings.map(\.code) == [.goingAway])
    }

    @Test func pingsGoOnlyToSilentPeersAndTellTheDeadFromTheLiving() async throws {
        var options = WebSocketOptions()
        options.pingInterval = .milliseconds(60)
        options.pongTimeout = .milliseconds(200)
        let recorder = Recorder()
        try await withServer(options: options, handler: recorder) { server in
            let clock = ContinuousClock()
            let living = try await WebSocketClient.connect(to: server.url)
            let reactor = living.channel.reactor
            let box = Confined(living)
            async let conversation: Bool? = box.value.receive { _, _ in true }
            let start = clock.now
            var dead = try await server.connectRaw()
            let ping = try await dead.reader.frame()
            #expect(ping.opcode == 0x89)
            let answer = try await dead.reader.frame()
            #expect(answer.opcode == 0x88)
            #expect(clock.now - start > .milliseconds(200))
            dead.channel.close()
            try await reactor.sleep(for: .milliseconds(400))
            #expect(recorder.endings.count == 1)
            living.close()
            #expect(try await conversation == nil)
        }
    }

    @Test func aPeerThatDoesNotAnswerACloseIsCutOff() async throws {
        final class Closing: WebSocketHandler, Sendable {
            func opened(_ socket: WebSocket) async throws { socket.close(.goingAway, reason: "bye") }
        }
        var options = WebSocketOptions()
        options.closeTimeout = .milliseconds(100)
        try await withServer(options: options, handler: Closing()) { server in
            var connection = try await server.connectRaw()
            let answer = try await connection.reader.frame()
            #expect(answer.payload == [0x03, 0xE9] + Array("bye".utf8))
            // Data after the close is dropped, and does not extend the deadline.
            try connection.channel.write(MillpondWebSocketTests.frame(1, [65]))
            let isAtEnd = (try? await connection.reader.isAtEnd()) ?? true
            #expect(isAtEnd)
        }
    }

    /// The end of a ping that came in two pieces ends its deadline, as that of a message does.
    @Test func aPingInPiecesLeavesNoDeadline() async throws {
        var options = WebSocketOptions()
        options.messageTimeout = .milliseconds(150)
        let recorder = Recorder()
        try await withServer(options: options, handler: recorder) { server in
            var connection = try await server.connectRaw()
            let ping = MillpondWebSocketTests.frame(9, [1, 2, 3])
            try connection.channel.write(Array(ping.prefix(2)))
            // Two pieces, and then longer than the deadline of a message.
            try await connection.channel.reactor.sleep(for: .milliseconds(50))
            try connection.channel.write(Array(ping.dropFirst(2)))
            #expect(try await connection.reader.frame().opcode == 0x8A)
            try await connection.channel.reactor.sleep(for: .milliseconds(300))
            #expect(recorder.endings.isEmpty)
            try connection.channel.write(MillpondWebSocketTests.frame(1, [65]))
            #expect(try await connection.reader.frame().opcode == 0x81)
        }
    }

    /// A deadline that the application has set is not taken back by what comes.
    @Test func theApplicationsDeadlineStays() async throws {
        final class Patient: WebSocketHandler, Sendable {
            func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
                if !socket.channel.hasReadDeadline { socket.channel.setReadDeadline(.milliseconds(200)) }
                return true
            }
        }
        try await withServer(options: WebSocketOptions(), handler: Patient()) { server in
            var connection = try await server.connectRaw()
            let frame = MillpondWebSocketTests.frame(1, [65])
            // A byte now and then, for five times the deadline.
            for _ in 0..<50 where !connection.channel.isPeerClosed {
                try connection.channel.write(Array(frame.prefix(3)))
                try await connection.channel.reactor.sleep(for: .milliseconds(10))
                try connection.channel.write(Array(frame.dropFirst(3)))
                try await connection.channel.reactor.sleep(for: .milliseconds(10))
            }
            #expect(try await connection.reader.frame().opcode == 0x88)
        }
    }

    /// The same as when it closes in `opened`, for a connection that waits for its peer.
    @Test func aParkedConnectionThatIsClosedHasTheCloseTimeout() async throws {
        // Sound: used on the server's one reactor only.
        final class Keeping: WebSocketHandler, @unchecked Sendable {
            var socket: WebSocket?
            func opened(_ socket: WebSocket) async throws { self.socket = socket }
        }
        var options = WebSocketOptions()
        options.closeTimeout = .milliseconds(100)
        let keeping = Keeping()
        try await withServer(options: options, handler: keeping) { server in
            var connection = try await server.connectRaw()
            let reactor = server.group.reactors[0]
            try await reactor.run {
                for _ in 0..<1000 where keeping.socket?.channel.isParked != true {
                    try await reactor.sleep(for: .milliseconds(1))
                }
                keeping.socket?.close(.goingAway)
            }
            #expect(try await connection.reader.frame().opcode == 0x88)
            let start = ContinuousClock.now
            let isAtEnd = (try? await connection.reader.isAtEnd()) ?? true
            // Its idle time-out is two minutes; this end's own wait is five seconds.
            #expect(isAtEnd && ContinuousClock.now - start < .seconds(4))
            await reactor.run { keeping.socket = nil }
        }
    }
}
