import Testing

@testable import MillpondChat

@Suite(.timeLimit(.minutes(5))) struct SigningKeyTests {
    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        var digits = hexadecimal[...]
        var bytes: [UInt8] = []
        while !digits.isEmpty {
            bytes.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
            digits = digits.dropFirst(2)
        }
        return bytes
    }

    /// The second case of RFC 4231; the others by Python's hmac: nothing at all, and secrets around the
    /// length of a block and beyond.
    @Test(arguments: [
        (
            "Jefe", "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        ("", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        (
            String(repeating: "k", count: 63), "message",
            "e27efa30bcbfbc25b4d936ffd8553392f398eb2edada1dac2423a961af0c305b"
        ),
        (
            String(repeating: "k", count: 64), "message",
            "890f3a16e0ca0aaa3bf180f70fa8e3970b3fd6505e98fde157988dcc19d1685c"
        ),
        (
            String(repeating: "k", count: 65), "message",
            "0c256505306af48015530c139bb7add5ad7a6a9291cd511278a067e765816fbd"
        ),
        (
            String(repeating: "k", count: 100), "message",
            "1c28735416d320163f56f81bdbb83d651eed508d184e6b8b03662740a533293e"
        ),
    ])
    func signsAsOthersDo(secret: String, message: String, expected: String) {
        let key = SigningKey(secret: secret)
        let expected = Self.bytes(expected)
        let message = Array(message.utf8)
        // One key signs many messages.
        for _ in 0..<2 { #expect(key.signature(of: message[...]) == expected) }
        #expect(key.isSignature(expected, of: message[...]))
    }

    @Test func whatDiffersIsNoSignature() {
        let key = SigningKey(secret: "secret")
        let message = Array("message".utf8)
        let right = key.signature(of: message[...])
        for index in right.indices {
            var wrong = right
            wrong[index] ^= 1
            #expect(!key.isSignature(wrong, of: message[...]))
        }
        #expect(!key.isSignature([], of: message[...]) && !key.isSignature(right + [0], of: message[...]))
        #expect(!key.isSignature(Array(right.dropLast()), of: message[...]))
        #expect(!key.isSignature(right, of: message.dropLast()))
        #expect(!SigningKey(secret: "Secret").isSignature(right, of: message[...]))
    }

    @Test func manyThreadsMaySignAtOnce() async {
        let key = SigningKey(secret: "secret")
        let expected = key.signature(of: Array("message".utf8)[...])
        await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    (0..<500).allSatisfy { _ in key.signature(of: Array("message".utf8)[...]) == expected }
                }
            }
            for await isRight in tasks { #expect(isRight) }
        }
    }
}
