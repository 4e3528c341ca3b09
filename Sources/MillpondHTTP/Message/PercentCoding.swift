/// Percent encoding, and the bytes that need none (RFC 3986, sections 2.1 to 2.3 and 3.3).
enum PercentCoding {
    // MARK: Decoding

    /// The byte that two digits behind a percent sign stand for; nil when they are none.
    @inline(__always)
    static func byte(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = ASCII.hexadecimal(high), let low = ASCII.hexadecimal(low) else { return nil }
        return high &<< 4 | low
    }

    /// The byte at `index`, an escape decoded; moves `index` behind it.
    ///
    /// - Precondition: `index` is less than the count. A percent sign that starts no escape stands for itself.
    @inline(__always)
    static func next(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> UInt8 {
        let byte = unsafe bytes[index]
        index &+= 1
        guard byte == UInt8(ascii: "%"), index &+ 1 < bytes.count,
            let escaped = unsafe Self.byte(bytes[index], bytes[index &+ 1])
        else { return byte }
        index &+= 2
        return escaped
    }

    /// The bytes that `bytes` stands for; nil when a percent sign starts no escape.
    ///
    /// - Parameter plusIsBlank: whether `+` is a blank, as in forms.
    static func decode(_ bytes: UnsafeRawBufferPointer, plusIsBlank: Bool = false) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let start = index
            let byte = unsafe next(bytes, &index)
            if unsafe bytes[start] == UInt8(ascii: "%"), index == start + 1 { return nil }
            let isBlank = unsafe plusIsBlank && bytes[start] == UInt8(ascii: "+")
            decoded.append(isBlank ? 0x20 : byte)
        }
        return decoded
    }

    static func decode(_ bytes: [UInt8], plusIsBlank: Bool = false) -> [UInt8]? {
        unsafe bytes.withUnsafeBytes { unsafe decode($0, plusIsBlank: plusIsBlank) }
    }

    /// The text that `bytes` stands for; what is not UTF-8 is replaced, and a percent sign that starts no escape stands
    /// for itself.
    static func text(_ bytes: RawSpan) -> String {
        unsafe bytes.withUnsafeBytes { raw in
            guard unsafe raw.contains(UInt8(ascii: "%")) else { return unsafe String(decoding: raw, as: UTF8.self) }
            return unsafe withUnsafeTemporaryAllocation(byteCount: raw.count, alignment: 1) { buffer in
                var (index, count) = (0, 0)
                while index < raw.count {
                    // Sound: no more bytes come out than go in.
                    unsafe buffer[count] = unsafe next(raw, &index)
                    count += 1
                }
                return unsafe String(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<count]), as: UTF8.self)
            }
        }
    }

    // MARK: Encoding

    /// Text in which all bytes but some are escaped.
    static func encode(_ bytes: some Sequence<UInt8>, keeping isKept: (UInt8) -> Bool) -> String {
        var text = ""
        for byte in bytes { append(byte, to: &text, isKept: isKept(byte)) }
        return text
    }

    /// A path's segment in which everything but unreserved letters and delimiters is escaped.
    static func encode(segment bytes: [UInt8]) -> String { encode(bytes, keeping: isSegment) }

    /// A path or query with its escapes as they are, and what may not stand in a URI escaped: a browser takes a
    /// backslash for a slash.
    static func encode(unsafeBytesOf bytes: UnsafeRawBufferPointer, to text: inout String) {
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            let isDelimiter = byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "%")
            append(byte, to: &text, isKept: isDelimiter || isSegment(byte))
        }
    }

    private static func append(_ byte: UInt8, to text: inout String, isKept: Bool) {
        if isKept {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            text += escape(byte)
        }
    }

    /// A percent sign and two hexadecimal digits in upper case.
    static func escape(_ byte: UInt8) -> String {
        var text = "%"
        text.unicodeScalars.append(Unicode.Scalar(ASCII.hexadecimalDigit(byte >> 4, isUppercase: true)))
        text.unicodeScalars.append(Unicode.Scalar(ASCII.hexadecimalDigit(byte & 15, isUppercase: true)))
        return text
    }

    // MARK: Classes of bytes

    /// `unreserved`: what never needs to be escaped.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }

    /// `pchar` but for escapes: what may stand in a path's segment.
    static func isSegment(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "@"):
            true
        default: isUnreserved(byte)
        }
    }
}
