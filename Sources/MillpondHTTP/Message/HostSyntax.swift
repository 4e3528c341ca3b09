/// `uri-host [":" port]` (RFC 3986, section 3.2.2), without user information.
enum HostSyntax {
    static func isValid(_ bytes: UnsafePointer<UInt8>, _ count: Int, needsPort: Bool = false) -> Bool {
        guard count > 0 else { return !needsPort }
        var index = 0
        if unsafe bytes[0] == UInt8(ascii: "[") {
            index = 1
            while index < count, unsafe isAddressByte(bytes[index]) { index += 1 }
            // The shortest is `::`.
            guard index >= 3, index < count, unsafe bytes[index] == UInt8(ascii: "]") else { return false }
            index += 1
        } else {
            while index < count, unsafe isNameByte(bytes[index]) {
                if unsafe bytes[index] == UInt8(ascii: "%") {
                    let isEscape =
                        unsafe index + 2 < count && PercentCoding.byte(bytes[index + 1], bytes[index + 2]) != nil
                    if !isEscape { return false }
                }
                index += 1
            }
            if index == 0 { return false }
        }
        if index == count { return !needsPort }
        guard unsafe bytes[index] == UInt8(ascii: ":") else { return false }
        return unsafe isPort(bytes + index + 1, count - index - 1, mayBeEmpty: !needsPort)
    }

    private static func isPort(_ bytes: UnsafePointer<UInt8>, _ count: Int, mayBeEmpty: Bool) -> Bool {
        if count == 0 { return mayBeEmpty }
        guard count <= 5 else { return false }
        var port = 0
        for index in 0..<count {
            guard unsafe ASCII.isDigit(bytes[index]) else { return false }
            port = unsafe port * 10 + Int(bytes[index] - 0x30)
        }
        return port <= 65535
    }

    /// Unreserved, percent, and the delimiters of a name but for the comma, which two joined fields would show.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"),
            UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        ASCII.hexadecimal(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }
}
