import MillpondIO
import MillpondWebSocket
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct MaskTests {
    private static let key: [UInt8] = [0x11, 0x22, 0x33, 0x44]

    private static func apply(_ mask: inout WebSocketMask, _ bytes: inout [UInt8], _ range: Range<Int>) {
        withMutableView(&bytes, range) { mask.apply(to: &$0) }
    }

    @Test func everyLengthAndEveryStart() {
        var generator = SeededGenerator(seed: 1)
        for count in 0...130 {
            for start in 0..<8 {
                let plain = generator.bytes(start + count + 8)
                var masked = plain
                var mask = WebSocketMask(key: 0x4433_2211)
                Self.apply(&mask, &masked, start..<start + count)
                var expected = plain
                for index in 0..<count { expected[start + index] ^= Self.key[index % 4] }
                if masked != expected { Issue.record("\(count) bytes from \(start)") }
            }
        }
    }

    @Test func piecesGoOnWhereTheLastEnded() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            let plain = generator.bytes(Int.random(in: 0...300, using: &generator))
            var pieces = plain
            var mask = WebSocketMask(key: 0x4433_2211)
            var start = 0
            while start < plain.count {
                let end = Int.random(in: start...min(plain.count, start + 70), using: &generator)
                Self.apply(&mask, &pieces, start..<end)
                start = end
            }
            let expected = plain.enumerated().map { $1 ^ Self.key[$0 % 4] }
            #expect(pieces == expected)
        }
    }

    @Test func touchesNothingBehindTheEnd() {
        for count in 0...70 {
            let bytes = [UInt8](repeating: 0xAA, count: count)
            unsafe withBytesBeforeGuardPage(bytes) { buffer in
                var mask = WebSocketMask(key: 0x4433_2211)
                var span = unsafe MutableRawSpan(_unsafeBytes: buffer)
                mask.apply(to: &span)
                #expect(unsafe Array(buffer) == bytes.enumerated().map { $1 ^ Self.key[$0 % 4] })
            }
        }
    }
}
