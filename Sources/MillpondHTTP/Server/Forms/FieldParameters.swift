/// A field's value and its parameters: `value *( ; name = ( token / quoted-string ) )`.
enum FieldParameters {
    /// Where the value before the first parameter lies, without blanks around it.
    static func mainValue(of bytes: RawSpan) -> Range<Int> {
        var end = 0
        while end < bytes.byteCount, bytes.octet(end) != UInt8(ascii: ";") { end += 1 }
        return bytes.trimmingBlanks(0..<end)
    }

    /// Shows every parameter: the letters of its name in lower case, and its value without quotes. False for what is
    /// not by the grammar.
    ///
    /// In quotes a backslash escapes only a quote and itself: senders of file names with plain backslashes are many.
    static func forEach(in bytes: RawSpan, _ body: (String, [UInt8]) -> Void) -> Bool {
        var index = 0
        while index < bytes.byteCount, bytes.octet(index) != UInt8(ascii: ";") { index += 1 }
        while index < bytes.byteCount {
            // At a semicolon.
            index += 1
            skipBlanks(bytes, &index)
            if index == bytes.byteCount { return true }
            if bytes.octet(index) == UInt8(ascii: ";") { continue }
            var name = ""
            while index < bytes.byteCount, ASCII.isToken(bytes.octet(index)) {
                name.unicodeScalars.append(Unicode.Scalar(ASCII.lowercased(bytes.octet(index))))
                index += 1
            }
            guard !name.isEmpty, index < bytes.byteCount, bytes.octet(index) == UInt8(ascii: "=") else { return false }
            index += 1
            guard let value = value(bytes, &index) else { return false }
            skipBlanks(bytes, &index)
            guard index == bytes.byteCount || bytes.octet(index) == UInt8(ascii: ";") else { return false }
            body(name, value)
        }
        return true
    }

    private static func value(_ bytes: RawSpan, _ index: inout Int) -> [UInt8]? {
        var value: [UInt8] = []
        guard index < bytes.byteCount, bytes.octet(index) == UInt8(ascii: "\"") else {
            while index < bytes.byteCount, ASCII.isToken(bytes.octet(index)) {
                value.append(bytes.octet(index))
                index += 1
            }
            return value.isEmpty ? nil : value
        }
        index += 1
        while index < bytes.byteCount {
            let letter = bytes.octet(index)
            index += 1
            if letter == UInt8(ascii: "\"") { return value }
            if letter == UInt8(ascii: "\\"), index < bytes.byteCount {
                let next = bytes.octet(index)
                if next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") {
                    value.append(next)
                    index += 1
                    continue
                }
            }
            value.append(letter)
        }
        return nil
    }

    private static func skipBlanks(_ bytes: RawSpan, _ index: inout Int) {
        while index < bytes.byteCount, ASCII.isBlank(bytes.octet(index)) { index += 1 }
    }
}
