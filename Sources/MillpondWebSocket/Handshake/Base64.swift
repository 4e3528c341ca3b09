/// Base 64 (RFC 4648, section 4) for the few bytes of the opening handshake.
enum Base64 {
    /// The 64 letters.
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
        default: false
        }
    }

    /// Appends the encoding of `bytes`: four letters for each three bytes begun.
    static func encode(_ bytes: RawSpan, into output: inout OutputRawSpan) {
        let count = bytes.byteCount
        var offset = 0
        while offset < count {
            let left = count - offset
            var group: UInt32 = 0
            for index in 0..<3 {
                let byte = index < left ? unsafe bytes.unsafeLoad(fromByteOffset: offset + index, as: UInt8.self) : 0
                group = group << 8 | UInt32(byte)
            }
            for index in 0..<4 {
                output.append(index <= left ? letter(group >> UInt32(18 - 6 * index) & 63) : UInt8(ascii: "="))
            }
            offset += 3
        }
    }

    private static func letter(_ value: UInt32) -> UInt8 {
        // Sound: six bits are a place in the 64 letters.
        unsafe alphabet.utf8Start[Int(value & 63)]
    }
}
