/// Percent encoding (RFC 3986, section 2.1).
enum PercentDecoding {
    /// The byte at `index`, an escape decoded; moves `index` behind it.
    ///
    /// - Precondition: `index` is less than the count. A percent sign that starts no escape stands for itself.
    @inline(__always)
    static func next(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> UInt8 {
        let byte = unsafe bytes[index]
        index &+= 1
        guard byte == UInt8(ascii: "%"), index &+ 1 < bytes.count,
            let high = unsafe ASCII.hexadecimal(bytes[index]),
            let low = unsafe ASCII.hexadecimal(bytes[index &+ 1])
        else { return byte }
        index &+= 2
        return high &<< 4 | low
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

    /// A path's segment in which everything but unreserved letters and delimiters is escaped.
    static func encode(segment bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes { append(byte, to: &text, keeps: isSegmentByte(byte)) }
        return text
    }

    /// A path or query with its escapes as they are, and what may not stand in a URI escaped: a browser takes a
    /// backslash for a slash.
    static func encode(unsafeBytesOf bytes: UnsafeRawBufferPointer, to text: inout String) {
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            let isDelimiter = byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "%")
            append(byte, to: &text, keeps: isDelimiter || isSegmentByte(byte))
        }
    }

    private static func append(_ byte: UInt8, to text: inout String, keeps: Bool) {
        if keeps {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            text += escape(byte)
        }
    }

    /// A percent sign and two hexadecimal digits in upper case.
    static func escape(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return byte < 16 ? "%0\(digits)" : "%\(digits)"
    }

    /// `pchar` of RFC 3986 but for escapes.
    private static func isSegmentByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"),
            UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="),
            UInt8(ascii: ":"), UInt8(ascii: "@"):
            true
        default: false
        }
    }
}
