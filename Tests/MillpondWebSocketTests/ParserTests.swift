import MillpondIO
import MillpondWebSocket
import Testing

@Suite(.timeLimit(.minutes(5))) struct ParserTests {
    private static let hello = Array("Hello".utf8)

    @Test func aMessageInOneFrame() {
        #expect(Listener.hear(frame(1, Self.hello)) == [.message(.text, Self.hello)])
        #expect(Listener.hear(frame(2, [])) == [.message(.binary, [])])
        #expect(Listener.hear(frame(1, [], key: nil), role: .client) == [.message(.text, [])])
        for count in [125, 126, 127, 65535, 65536, 70000] {
            let payload = SeededGenerator(seed: 9).copy(count)
            #expect(Listener.hear(frame(2, payload)) == [.message(.binary, payload)])
        }
    }

    @Test func aMessageInOnePieceIsNotMoved() throws {
        var bytes = frame(2, Self.hello) + frame(2, Self.hello)
        var parser = WebSocketParser(role: .server, maximumMessageSize: 100)
        var position = 0
        func next() throws -> WebSocketParser.Event {
            try withMutableView(&bytes) { view throws(WebSocketError) in try parser.next(in: &view, at: &position) }
        }
        #expect(try next() == .message(.binary, 6..<11))
        #expect(position == 11)
        #expect(try next() == .message(.binary, 17..<22))
        #expect(try next() == .needMore(count: 2))
        #expect(Array(bytes[6..<11]) == Self.hello)
    }

    @Test func fragmentsWithControlFramesBetweenThem() {
        let bytes =
            frame(1, [0x48], isFinal: false) + frame(9, [1, 2]) + frame(0, [], isFinal: false) + frame(10, [])
            + frame(0, [0x69], isFinal: false) + frame(0, []) + frame(2, [7])
        #expect(
            Listener.hear(bytes) == [.ping([1, 2]), .pong([]), .message(.text, [0x48, 0x69]), .message(.binary, [7])])
    }

    @Test func aCharacterMayStraddleFragments() {
        let bytes = frame(1, [0xE2, 0x82], isFinal: false) + frame(9, []) + frame(0, [0xAC])
        #expect(Listener.hear(bytes) == [.ping([]), .message(.text, [0xE2, 0x82, 0xAC])])
    }

    @Test func closing() {
        #expect(Listener.hear(frame(8, [])) == [.close(.noStatus, [])])
        #expect(Listener.hear(frame(8, [0x03, 0xE8])) == [.close(.normal, [])])
        #expect(Listener.hear(frame(8, [0x03, 0xE9, 0x62, 0x79, 0x65])) == [.close(.goingAway, Array("bye".utf8))])
    }

    static let refused: [(String, [UInt8], WebSocketError.Code)] = [
        ("continuation of nothing", frame(0, [1]), .unexpectedContinuation),
        ("continuation after the end", frame(1, [0x41]) + frame(0, []), .unexpectedContinuation),
        ("message inside a message", frame(1, [], isFinal: false) + frame(1, []), .expectedContinuation),
        ("binary inside text", frame(1, [], isFinal: false) + frame(2, []), .expectedContinuation),
        ("close of one byte", frame(8, [3]), .invalidClosePayload),
        ("close code 0", frame(8, [0, 0]), .invalidCloseCode),
        ("close code 999", frame(8, [0x03, 0xE7]), .invalidCloseCode),
        ("close code 1004", frame(8, [0x03, 0xEC]), .invalidCloseCode),
        ("close code 1005", frame(8, [0x03, 0xED]), .invalidCloseCode),
        ("close code 1006", frame(8, [0x03, 0xEE]), .invalidCloseCode),
        ("close code 1015", frame(8, [0x03, 0xF7]), .invalidCloseCode),
        ("close code 5000", frame(8, [0x13, 0x88]), .invalidCloseCode),
        ("close reason", frame(8, [0x03, 0xE8, 0xFF]), .invalidUTF8),
        ("close reason cut short", frame(8, [0x03, 0xE8, 0xE2, 0x82]), .invalidUTF8),
        ("text", frame(1, [0x41, 0xC0]), .invalidUTF8),
        ("text cut short", frame(1, [0xE2, 0x82]), .invalidUTF8),
        ("fragmented text cut short", frame(1, [0xE2], isFinal: false) + frame(0, []), .invalidUTF8),
        ("second fragment", frame(1, [0xE2], isFinal: false) + frame(0, [0x41], isFinal: false), .invalidUTF8),
        ("unmasked", frame(1, [0x41], key: nil), .unmasked),
        ("too long", frame(2, [UInt8](repeating: 0, count: 1001)), .messageTooLarge),
        (
            "too long in all",
            frame(2, [UInt8](repeating: 0, count: 500), isFinal: false)
                + frame(0, [UInt8](repeating: 0, count: 501)), .messageTooLarge
        ),
        (
            "too long, announced", [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0],
            .messageTooLarge
        ),
        (
            "too long, with overflow",
            frame(2, [1], isFinal: false)
                + [0x80, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], .messageTooLarge
        ),
    ]

    @Test(arguments: refused)
    func isRefused(_ name: String, _ bytes: [UInt8], _ code: WebSocketError.Code) {
        var whole = Listener(maximumMessageSize: 1000)
        whole.feed(bytes)
        guard case .failure(let error) = whole.heard.last else {
            Issue.record("\(name) was accepted: \(whole.heard)")
            return
        }
        #expect(error.code == code)
        var bytewise = Listener(maximumMessageSize: 1000)
        for byte in bytes { bytewise.feed([byte]) }
        #expect(bytewise.heard == whole.heard)
    }

    @Test func badTextFailsBeforeTheFrameIsThere() {
        // A frame of 100 bytes of which two came, and the second is wrong.
        var listener = Listener()
        listener.feed(Array(frame(1, [0x41, 0xFF] + [UInt8](repeating: 0x41, count: 98)).prefix(8)))
        #expect(listener.heard == [.failure(Listener.failure(of: frame(1, [0xFF])))])
    }

    @Test func exactlyTheLimitIsAccepted() {
        let payload = [UInt8](repeating: 1, count: 1000)
        #expect(Listener.hear(frame(2, payload), maximumMessageSize: 1000) == [.message(.binary, payload)])
    }

    @Test func anyChunkingIsHeardAlike() {
        var generator = SeededGenerator(seed: 4)
        for round in 0..<400 {
            let (bytes, expected) = conversation(&generator, role: round % 2 == 0 ? .server : .client)
            let role: WebSocketRole = round % 2 == 0 ? .server : .client
            #expect(Listener.hear(bytes, role: role) == expected)
            var chunked = Listener(role: role)
            var start = 0
            let largest = [1, 3, 20, 200][round / 2 % 4]
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...largest, using: &generator))
                chunked.feed(Array(bytes[start..<end]))
                start = end
            }
            #expect(chunked.heard == expected)
        }
    }

    /// Some messages, fragmented at will, with control frames between the fragments.
    private func conversation(
        _ generator: inout SeededGenerator, role: WebSocketRole
    ) -> (bytes: [UInt8], heard: [Heard]) {
        var bytes: [UInt8] = []
        var heard: [Heard] = []
        func key() -> [UInt8]? { role == .server ? generator.bytes(4) : nil }
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let isText = Bool.random(using: &generator)
            let count = [0, 3, 100, 126, 400].randomElement(using: &generator)!
            let payload = isText ? Array(String(repeating: "zażółć ", count: count / 8).utf8) : generator.bytes(count)
            var start = 0
            var opcode: UInt8 = isText ? 1 : 2
            while true {
                let end = Int.random(in: start...payload.count, using: &generator)
                let isFinal = end == payload.count && Bool.random(using: &generator)
                bytes += frame(opcode, Array(payload[start..<end]), isFinal: isFinal, key: key())
                if isFinal { break }
                opcode = 0
                start = end
                if Bool.random(using: &generator) {
                    let control = generator.bytes(Int.random(in: 0...125, using: &generator))
                    let isPing = Bool.random(using: &generator)
                    bytes += frame(isPing ? 9 : 10, control, key: key())
                    heard.append(isPing ? .ping(control) : .pong(control))
                }
            }
            heard.append(.message(isText ? .text : .binary, payload))
        }
        return (bytes, heard)
    }

    @Test func anythingAtAll() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            var bytes = generator.bytes(Int.random(in: 0...40, using: &generator))
            // Mostly plausible heads, so that the depths are reached.
            if bytes.count > 2 {
                bytes[0] &= 0x8B
                bytes[1] |= 0x80
            }
            fuzzParser(bytes)
        }
    }
}

extension SeededGenerator {
    func copy(_ count: Int) -> [UInt8] {
        var generator = self
        return generator.bytes(count)
    }
}

extension Listener {
    /// The error that the bytes lead to.
    static func failure(of bytes: [UInt8]) -> WebSocketError {
        guard case .failure(let error) = hear(bytes).last else { fatalError("the bytes are well-formed") }
        return error
    }
}
