import MillpondIO
import MillpondWebSocket
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct UTF8ValidatorTests {
    /// The first byte at which a byte-by-byte check fails; nil if none does.
    private static func failure(_ bytes: [UInt8]) -> (at: Int?, isComplete: Bool) {
        var validator = UTF8Validator()
        for (index, byte) in bytes.enumerated() {
            if !withView([byte], { validator.consume($0) }) { return (index, false) }
        }
        return (nil, validator.isComplete)
    }

    private static func isValid(_ bytes: [UInt8]) -> Bool {
        var validator = UTF8Validator()
        return withView(bytes) { validator.consume($0) } && validator.isComplete
    }

    private static func expectAgreement(_ bytes: [UInt8]) {
        let expected = String(validating: bytes, as: UTF8.self) != nil
        let bytewise = failure(bytes)
        if isValid(bytes) != expected || (bytewise.at == nil && bytewise.isComplete) != expected {
            Issue.record("\(bytes): expected \(expected)")
        }
    }

    @Test func allOfOneAndTwoBytesAndTheEdgesOfThreeAndFour() {
        for first in UInt8.min...UInt8.max {
            Self.expectAgreement([first])
            for second in UInt8.min...UInt8.max { Self.expectAgreement([first, second]) }
        }
        let edges: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xFF]
        for first in UInt8(0xE0)...0xFF {
            for second in edges {
                for third in edges {
                    Self.expectAgreement([first, second, third])
                    for fourth in edges { Self.expectAgreement([first, second, third, fourth]) }
                }
            }
        }
    }

    @Test func everyScalar() {
        var all: [UInt8] = []
        for value in UInt32(0)...0x10FFFF where value % 7 == 0 || value < 0x1000 {
            if let scalar = Unicode.Scalar(value) { all += Array(String(Character(scalar)).utf8) }
        }
        #expect(Self.isValid(all))
    }

    @Test func failsAtTheFirstByteThatCannotGoOn() {
        // The text of the conformance suite's case 6.4: valid, then a surrogate or a value that is too large, then
        // valid.
        let valid: [UInt8] = Array("κόσμε".utf8)
        #expect(Self.failure(valid + [0xF4, 0x90, 0x80, 0x80]).at == valid.count + 1)
        #expect(Self.failure(valid + [0xED, 0xA0, 0x80]).at == valid.count + 1)
        #expect(Self.failure(valid + [0xF5]).at == valid.count)
        #expect(Self.failure(valid + [0xC0]).at == valid.count)
        #expect(Self.failure([0xE0, 0x80]).at == 1)
    }

    @Test func piecesAndWholeAgree() {
        var generator = SeededGenerator(seed: 3)
        let alphabet = ["a", "ASCII of some length, so that the fast path is taken", "é", "€", "𐍈", "日本語"]
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...20, using: &generator) {
                bytes += Array(alphabet.randomElement(using: &generator)!.utf8)
            }
            if Bool.random(using: &generator), !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            Self.expectAgreement(bytes)
            var validator = UTF8Validator()
            var isValid = true
            var start = 0
            while start < bytes.count, isValid {
                let end = Int.random(in: start + 1...bytes.count, using: &generator)
                isValid = withView(Array(bytes[start..<end])) { validator.consume($0) }
                start = end
            }
            #expect((isValid && validator.isComplete) == Self.isValid(bytes))
        }
    }

    @Test func readsNothingBehindTheEnd() {
        for count in 0...70 {
            unsafe withBytesBeforeGuardPage([UInt8](repeating: 0x41, count: count)) { buffer in
                var validator = UTF8Validator()
                let isValid = unsafe validator.consume(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer)))
                #expect(isValid)
            }
        }
    }
}
