/// SHA-1 (RFC 3174), which the opening handshake uses to show that the server understands WebSocket. It secures nothing
/// there, and must not be used where it would have to.
enum SHA1 {
    typealias Digest = InlineArray<20, UInt8>

    static func digest(of message: RawSpan) -> Digest {
        var state: InlineArray<5, UInt32> = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        let count = message.byteCount
        // The message, a 1 bit, zeros, and the length in bits in the last eight bytes of a 64-byte block.
        let blocks = (count + 9 + 63) / 64
        for block in 0..<blocks {
            var words = InlineArray<80, UInt32>(repeating: 0)
            for index in 0..<64 {
                let offset = block * 64 + index
                let byte = byte(of: message, at: offset, total: blocks * 64)
                words[index / 4] |= UInt32(byte) << UInt32(24 - index % 4 * 8)
            }
            compress(&words, into: &state)
        }
        var digest = Digest(repeating: 0)
        for index in 0..<20 {
            digest[index] = UInt8(truncatingIfNeeded: state[index / 4] >> UInt32(24 - index % 4 * 8))
        }
        return digest
    }

    private static func byte(of message: RawSpan, at offset: Int, total: Int) -> UInt8 {
        let count = message.byteCount
        if offset < count { return unsafe message.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
        if offset == count { return 0x80 }
        let fromEnd = total - offset
        return fromEnd <= 8 ? UInt8(truncatingIfNeeded: (UInt64(count) * 8) >> UInt64((fromEnd - 1) * 8)) : 0
    }

    private static func compress(_ words: inout InlineArray<80, UInt32>, into state: inout InlineArray<5, UInt32>) {
        for index in 16..<80 {
            words[index] = rotate(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (mixed, constant): (UInt32, UInt32) =
                switch index {
                case 0..<20: ((b & c) | (~b & d), 0x5A82_7999)
                case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                case 40..<60: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = rotate(a, 5) &+ mixed &+ e &+ constant &+ words[index]
            (e, d, c, b, a) = (d, c, rotate(b, 30), a, next)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }

    private static func rotate(_ value: UInt32, _ bits: UInt32) -> UInt32 { value << bits | value >> (32 - bits) }
}
