import MillpondIO
import MillpondNet
import MillpondPools
import MillpondWebSocket
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct ConversationTests {
    private static func bytes(_ view: RawSpan) -> [UInt8] { view.withUnsafeBytes { Array($0) } }

    /// Sends a message and returns what comes back.
    private static func echo(
        _ socket: WebSocket, _ payload: [UInt8], as kind: WebSocketMessageKind
    ) async throws -> Heard? {
        try withView(payload) { try socket.send($0, as: kind) }
        return try await socket.receive { .message($0, Self.bytes($1)) }
    }

    @Test func messagesOfAllSizesComeBack() async throws {
        var options = WebSocketOptions()
        options.maximumMessageSize = 4 << 20
        let clientOptions = options
        try await withServer(options: options, handler: Recorder()) { server in
            var request = try WebSocketClient.Request(server.url)
            request.options = clientOptions
            request.channel.outboxLimit = 8 << 20
            let socket = try await WebSocketClient.connect(request)
            for count in [0, 1, 125, 126, 127, 4000, 8191, 8192, 8193, 16 << 10, 65535, 65536, 200_000, 3 << 20] {
                let payload = SeededGenerator(seed: UInt64(count)).copy(count)
                let heard = try await Self.echo(socket, payload, as: .binary)
                if heard != .message(.binary, payload) { Issue.record("\(count) bytes came back changed") }
            }
            #expect(
                try await Self.echo(socket, Array("zażółć gęślą jaźń".utf8), as: .text)
                    == .message(.text, Array("zażółć gęślą jaźń".utf8)))
            try await socket.finish(.goingAway, reason: "enough")
            #expect(socket.closeStatus?.code == .goingAway)
            #expect(!socket.isOpen)
        }
    }

    @Test func manyMessagesAtOnceComeBackInOrder() async throws {
        try await withServer(handler: Recorder()) { server in
            let socket = try await WebSocketClient.connect(to: server.url)
            for number in 0..<5000 { try socket.send("message \(number)") }
            for number in 0..<5000 {
                let text = try await socket.receive { _, view in String(decoding: Self.bytes(view), as: UTF8.self) }
                if text != "message \(number)" {
                    Issue.record("\(text ?? "the end") instead of message \(number)")
                    break
                }
            }
            try await socket.finish()
        }
    }

    @Test func bothSidesLearnHowItEnded() async throws {
        let recorder = Recorder()
        try await withServer(handler: recorder) { server in
            let polite = try await WebSocketClient.connect(to: server.url)
            try await polite.finish(.goingAway, reason: "zażółć")
            let silent = try await WebSocketClient.connect(to: server.url)
            silent.channel.close()
            try await recorder.waitForEndings(2)
        }
        #expect(recorder.openedCount == 2)
        #expect(recorder.endings.contains(.init(code: .goingAway, reason: "zażółć")))
        #expect(recorder.endings.contains(.init(code: .abnormal, reason: "")))
        #expect(recorder.endings.count == 2)
    }

    @Test func afterACloseNothingIsSentAndNothingDelivered() async throws {
        let recorder = Recorder()
        try await withServer(handler: recorder) { server in
            let socket = try await WebSocketClient.connect(to: server.url)
            try socket.send("one")
            socket.close()
            #expect(throws: (any Error).self) { try socket.send("two") }
            #expect(throws: (any Error).self) { try socket.ping() }
            // The echo of the first message is dropped.
            #expect(try await socket.receive { _, _ in true } == nil)
            #expect(try await socket.receive { _, _ in true } == nil)
        }
    }

    @Test func aConversationMayRunFromTopToBottomOnTheServerToo() async throws {
        try await withServer(makeSocket: { channel, settings in
            WebSocket.conversation(channel: channel, settings: settings) { socket in
                var sum = 0
                while sum < 10 {
                    let number = try await socket.receive { _, view in Int(view.byteCount) }
                    guard let number else { return }
                    sum += number
                }
                try socket.send("that makes \(sum)")
            }
        }) { server in
            let socket = try await WebSocketClient.connect(to: server.url)
            for _ in 0..<3 { try socket.send("four") }
            let text = try await socket.receive { _, view in String(decoding: Self.bytes(view), as: UTF8.self) }
            #expect(text == "that makes 12")
            #expect(try await socket.receive { _, _ in true } == nil)
            #expect(socket.closeStatus?.code == .normal)
        }
    }

    /// Takes its time with every message, and then looks at the view again.
    private final class Slow: WebSocketHandler, Sendable {
        func message(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) async throws {
            let before = bytes(payload)
            try await socket.channel.reactor.sleep(for: .milliseconds(1))
            if bytes(payload) != before { throw CancellationError() }
            try socket.send(payload, as: kind)
        }
    }

    @Test func aHandlerMayWaitWithTheViewInItsHands() async throws {
        try await withServer(handler: Slow()) { server in
            let socket = try await WebSocketClient.connect(to: server.url)
            for number in 0..<50 { try socket.send("message \(number)") }
            let long = [UInt8](repeating: 7, count: 100_000)
            try withView(long) { try socket.send($0) }
            for number in 0..<50 {
                let text = try await socket.receive { _, view in String(decoding: Self.bytes(view), as: UTF8.self) }
                #expect(text == "message \(number)")
            }
            #expect(try await socket.receive { _, view in Self.bytes(view) } == long)
            try await socket.finish()
        }
    }

    private final class Failing: WebSocketHandler, Sendable {
        func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
            if kind == .text { throw CancellationError() }
            return false
        }
    }

    @Test func aHandlerThatFailsOrTakesNothingClosesTheConnection() async throws {
        try await withServer(handler: Failing()) { server in
            let failed = try await WebSocketClient.connect(to: server.url)
            try failed.send("text")
            #expect(try await failed.receive { _, _ in true } == nil)
            #expect(failed.closeStatus?.code == .internalError)
            let refused = try await WebSocketClient.connect(to: server.url)
            try withView([1]) { try refused.send($0) }
            #expect(try await refused.receive { _, _ in true } == nil)
            #expect(refused.closeStatus?.code == .unsupportedData)
        }
    }

    @Test func aClientMayHaveAHandlerToo() async throws {
        /// Answers each message with a shorter one.
        final class Countdown: WebSocketHandler, Sendable {
            let steps = Atomic<Int>(0)
            func opened(_ socket: WebSocket) async throws { try socket.send("12345") }
            func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
                steps.wrappingAdd(1, ordering: .relaxed)
                if payload.byteCount == 1 {
                    socket.close()
                } else {
                    try socket.send(payload.extracting(droppingLast: 1))
                }
                return true
            }
        }
        let recorder = Recorder()
        let countdown = Countdown()
        try await withServer(handler: recorder) { server in
            try await WebSocketClient.connect(WebSocketClient.Request(server.url), handler: countdown)
            try await recorder.waitForEndings(1)
        }
        #expect(countdown.steps.load(ordering: .relaxed) == 5)
        #expect(recorder.endings == [.init(code: .normal, reason: "")])
    }

    @Test func aReceiveThatIsCancelledLeavesTheConnectionUsable() async throws {
        try await withServer(handler: Recorder()) { server in
            let socket = try await WebSocketClient.connect(to: server.url)
            let reactor = socket.channel.reactor
            await withTaskGroup(of: Void.self) { group in
                let box = Confined(socket)
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        _ = try await box.value.receive { _, _ in true }
                    }
                }
                try? await reactor.sleep(for: .milliseconds(20))
                group.cancelAll()
            }
            try socket.send("still here")
            #expect(try await socket.receive { _, view in view.byteCount } == 10)
            try await socket.finish()
        }
    }

    @Test func sharedPayloadsArriveWhole() async throws {
        try await withServer(makeSocket: { channel, settings in
            WebSocket.conversation(channel: channel, settings: settings) { socket in
                for count in [10, 5000, 9000, 70_000] {
                    let payload = try withView([UInt8](repeating: 9, count: count)) { try SharedBytes(copying: $0) }
                    try socket.send(payload.clone())
                    try socket.send(payload)
                }
            }
        }) { server in
            let socket = try await WebSocketClient.connect(to: server.url)
            for count in [10, 10, 5000, 5000, 9000, 9000, 70_000, 70_000] {
                #expect(try await socket.receive { _, view in Self.bytes(view) } == [UInt8](repeating: 9, count: count))
            }
        }
    }
}

/// Carries a reactor's value to a child task on the same reactor.
struct Confined<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
