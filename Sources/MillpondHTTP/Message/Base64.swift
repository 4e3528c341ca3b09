/// Base 64 (RFC 4648, section 4), for credentials and the opening handshake of WebSocket.
package enum Base64 {
    /// The 64 letters.
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    /// Whether `byte` is one of the 64 letters; the padding is none.
    package static func isDigit(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }

    /// The encoding of `bytes`.
    static func encode(_ bytes: RawSpan) -> String {
        unsafe String(unsafeUninitializedCapacity: (bytes.byteCount + 2) / 3 * 4) { buffer in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            var output = unsafe OutputRawSpan(buffer: raw, initializedCount: 0)
            encode(bytes, into: &output)
            return unsafe output.finalize(for: raw)
        }
    }

    /// Appends the encoding of `bytes`: four letters for each three bytes begun.
    package static func encode(_ bytes: RawSpan, into output: inout OutputRawSpan) {
        let count = bytes.byteCount
        var offset = 0
        while offset < count {
            let left = count - offset
            var group: UInt32 = 0
            for index in 0..<3 { group = group << 8 | UInt32(index < left ? bytes.octet(offset + index) : 0) }
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
