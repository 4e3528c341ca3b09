internal import MillpondHTTP

/// The values of the opening handshake (RFC 6455, section 4).
public enum WebSocketHandshake {
    /// The letters of a `Sec-WebSocket-Key`: 16 random bytes in base 64.
    public typealias Key = InlineArray<24, UInt8>
    /// The letters of a `Sec-WebSocket-Accept`: a SHA-1 digest in base 64.
    public typealias Accept = InlineArray<28, UInt8>

    /// What the server appends to the client's key before it takes the digest.
    private static let guid: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Whether it is the base 64 of 16 bytes.
    public static func isKey(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount == 24 else { return false }
        for index in 0..<22 where !Base64.isDigit(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) {
            return false
        }
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 22, as: UInt16.self) == 0x3D3D
    }

    /// The server's answer to `key`, which must have 24 bytes.
    public static func accept(for key: RawSpan) -> Accept {
        precondition(key.byteCount == 24, "a key has 24 letters")
        var text = InlineArray<60, UInt8>(repeating: 0)
        for index in 0..<24 { text[index] = unsafe key.unsafeLoad(fromByteOffset: index, as: UInt8.self) }
        // Sound: the text has 36 letters.
        for index in 0..<36 { text[24 + index] = unsafe guid.utf8Start[index] }
        // Sound, as below: integers have no padding.
        let digest = unsafe SHA1.digest(of: text.span.bytes)
        var accept = Accept(repeating: 0)
        var accepted = accept.mutableSpan
        unsafe encode(digest.span.bytes, into: &accepted)
        return accept
    }

    /// A new key.
    public static func makeKey() -> Key {
        var generator = SystemRandomNumberGenerator()
        var random = InlineArray<2, UInt64>(repeating: 0)
        random[0] = generator.next()
        random[1] = generator.next()
        var key = Key(repeating: 0)
        var letters = key.mutableSpan
        unsafe encode(random.span.bytes, into: &letters)
        return key
    }

    private static func encode(_ bytes: RawSpan, into letters: inout MutableSpan<UInt8>) {
        unsafe letters.withUnsafeMutableBufferPointer { buffer in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            var output = unsafe OutputRawSpan(buffer: raw, initializedCount: 0)
            Base64.encode(bytes, into: &output)
            _ = unsafe output.finalize(for: raw)
        }
    }

    /// Whether a field's comma-separated list has `token` in it, in any case.
    public static func list(_ value: RawSpan, contains token: StaticString) -> Bool {
        var start = 0
        while start <= value.byteCount {
            var end = start
            while end < value.byteCount, byte(value, end) != UInt8(ascii: ",") { end += 1 }
            if equals(trimmed(value.extracting(start..<end)), token) { return true }
            start = end + 1
        }
        return false
    }

    /// Compares a field's value with a token, without regard to the case of ASCII letters.
    public static func equals(_ value: RawSpan, _ token: StaticString) -> Bool {
        guard value.byteCount == token.utf8CodeUnitCount else { return false }
        for index in 0..<value.byteCount {
            // Sound: both have as many bytes.
            guard lowercased(byte(value, index)) == lowercased(unsafe token.utf8Start[index]) else { return false }
        }
        return true
    }

    /// Without the blanks at both ends.
    @_lifetime(copy value)
    static func trimmed(_ value: RawSpan) -> RawSpan {
        var start = 0
        var end = value.byteCount
        while start < end, isBlank(byte(value, start)) { start += 1 }
        while end > start, isBlank(byte(value, end - 1)) { end -= 1 }
        return value.extracting(start..<end)
    }

    static func byte(_ value: RawSpan, _ offset: Int) -> UInt8 {
        unsafe value.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
