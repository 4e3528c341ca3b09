/// What cookies may consist of (RFC 6265, section 4.1.1).
enum CookieSyntax {
    /// Visible ASCII without quotes, commas, semicolons and backslashes; quotes may be around it.
    static func isValue(_ bytes: [UInt8]) -> Bool {
        let isQuoted = bytes.count >= 2 && bytes.first == UInt8(ascii: "\"") && bytes.last == UInt8(ascii: "\"")
        return (isQuoted ? bytes.dropFirst().dropLast() : bytes[...]).allSatisfy(isOctet)
    }

    static func isOctet(_ byte: UInt8) -> Bool {
        guard byte > 0x20, byte < 0x7F else { return false }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\\"): return false
        default: return true
        }
    }

    /// Labels of letters, digits and inner hyphens, at most 63 each and 253 in all.
    static func isDomain(_ domain: String) -> Bool {
        guard domain.utf8.count <= 253 else { return false }
        return domain.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            let hyphen = UInt8(ascii: "-")
            return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { $0 == hyphen || ASCII.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) }
        }
    }
}
