/// SHA-1 (RFC 3174), which the opening handshake uses to show that the server understands WebSocket. It secures nothing
/// there, and must not be used where it would have to.
enum SHA1 {
    typealias Digest = InlineArray<20, UInt8>

    static func digest(of message: RawSpan) -> Digest {
        var state: InlineArray<5, UInt32> = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        let count = message.byteCount
        var words = InlineArray<80, UInt32>(repeating: 0)
        for block in 0..<count / 64 {
            for index in 0..<16 { words[index] = word(of: message, at: block * 64 + index * 4) }
            compress(&words, into: &state)
        }
        // What is left, a 1 bit, zeros, and the length in bits in the last eight bytes of a block.
        let rest = count % 64
        for index in 0..<16 { words[index] = 0 }
        for index in 0..<rest {
            let byte = unsafe message.unsafeLoad(fromByteOffset: count - rest + index, as: UInt8.self)
            words[index / 4] |= UInt32(byte) << UInt32(24 - index % 4 * 8)
        }
        words[rest / 4] |= 0x80 << UInt32(24 - rest % 4 * 8)
        if rest >= 56 {
            compress(&words, into: &state)
            for index in 0..<16 { words[index] = 0 }
        }
        words[14] = UInt32(truncatingIfNeeded: UInt64(count) >> 29)
        words[15] = UInt32(truncatingIfNeeded: UInt64(count) << 3)
        compress(&words, into: &state)
        var digest = Digest(repeating: 0)
        for index in 0..<20 {
            digest[index] = UInt8(truncatingIfNeeded: state[index / 4] >> UInt32(24 - index % 4 * 8))
        }
        return digest
    }

    private static func word(of message: RawSpan, at offset: Int) -> UInt32 {
        // Sound: the caller has counted the block's bytes.
        UInt32(bigEndian: unsafe message.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// Takes in the block in the first 16 words; the others are its room.
    private static func compress(_ words: inout InlineArray<80, UInt32>, into state: inout InlineArray<5, UInt32>) {
        for index in 16..<80 {
            words[index] = rotate(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        // In four loops, so that no step has to choose.
        func step(_ mixed: UInt32, _ constant: UInt32, _ word: UInt32) {
            let next = rotate(a, 5) &+ mixed &+ e &+ constant &+ word
            (e, d, c, b, a) = (d, c, rotate(b, 30), a, next)
        }
        for index in 0..<20 { step((b & c) | (~b & d), 0x5A82_7999, words[index]) }
        for index in 20..<40 { step(b ^ c ^ d, 0x6ED9_EBA1, words[index]) }
        for index in 40..<60 { step((b & c) | (b & d) | (c & d), 0x8F1B_BCDC, words[index]) }
        for index in 60..<80 { step(b ^ c ^ d, 0xCA62_C1D6, words[index]) }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }

    private static func rotate(_ value: UInt32, _ bits: UInt32) -> UInt32 { value << bits | value >> (32 - bits) }
}
