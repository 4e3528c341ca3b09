internal import MillpondNet

/// The part of a URL between the two slashes and the path.
struct URLAuthority {
    let userInfo: String?
    let host: String
    /// Nil when none is written.
    let port: UInt16?

    /// The longest name that the domain name system has (RFC 1035, section 2.3.4).
    private static var maximumName: Int { 253 }
    private static var maximumLabel: Int { 63 }

    init(_ text: ArraySlice<UInt8>) throws(HTTPURLError) {
        var rest = text
        if let at = rest.lastIndex(of: UInt8(ascii: "@")) {
            let info = rest[..<at]
            // An @ in a password must be encoded: otherwise readers differ about where the host begins.
            guard !info.contains(UInt8(ascii: "@")), !info.contains(UInt8(ascii: "\\")) else {
                throw HTTPURLError(.invalidUserInfo)
            }
            userInfo = try URLPath.encode(info, .userInfo)
            rest = rest[(at + 1)...]
        } else {
            userInfo = nil
        }
        // What an error shows: without name and password.
        let shown = rest
        if rest.first == UInt8(ascii: "[") {
            guard let bracket = rest.firstIndex(of: UInt8(ascii: "]")) else { throw HTTPURLError(.invalidHost, rest) }
            host = try Self.ipv6(rest[(rest.startIndex + 1)..<bracket])
            rest = rest[(bracket + 1)...]
            guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { throw HTTPURLError(.invalidHost, shown) }
        } else {
            let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            host = try Self.name(rest[..<end])
            rest = rest[end...]
        }
        port = try rest.count <= 1 ? nil : Self.port(rest.dropFirst())
    }

    private static func port(_ digits: ArraySlice<UInt8>) throws(HTTPURLError) -> UInt16 {
        guard digits.count <= 10, digits.allSatisfy(ASCII.isDigit),
            let port = UInt16(String(decoding: digits, as: UTF8.self)), port > 0
            // Not shown: it is a password where the URL breaks off before its @.
        else { throw HTTPURLError(.invalidPort) }
        return port
    }

    private static func ipv6(_ text: ArraySlice<UInt8>) throws(HTTPURLError) -> String {
        let literal = String(decoding: text, as: UTF8.self)
        // A zone means something on one machine only, and is no part of a Host field (RFC 6874).
        guard text.contains(UInt8(ascii: ":")), !text.contains(UInt8(ascii: "%")), !text.contains(UInt8(ascii: "[")),
            let address = SocketAddress(host: literal, port: 0)
        else { throw HTTPURLError(.invalidHost, "[\(literal)]") }
        return address.host
    }

    private static func name(_ text: ArraySlice<UInt8>) throws(HTTPURLError) -> String {
        guard !text.isEmpty else { throw HTTPURLError(.missingHost) }
        if text.contains(where: { $0 >= 0x80 }) { throw HTTPURLError(.internationalHost, text) }
        let name = text.map(ASCII.lowercased)
        var labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A name may end with the root's dot.
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        guard name.count <= maximumName + 1, labels.allSatisfy(isLabel) else { throw HTTPURLError(.invalidHost, text) }
        // What ends with a number is an IPv4 address, and written in one way only: others read 0177.1 as 127.0.0.1.
        if let last = labels.last, isNumber(last) {
            guard labels.count == 4, name.last != UInt8(ascii: "."), labels.allSatisfy(isOctet) else {
                throw HTTPURLError(.invalidHost, text)
            }
        }
        return String(decoding: name, as: UTF8.self)
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        guard !label.isEmpty, label.count <= maximumLabel else { return false }
        return label.allSatisfy { byte in
            byte &- 0x61 < 26 || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }

    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        if label.allSatisfy(ASCII.isDigit) { return true }
        return label.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")])
            && label.dropFirst(2).allSatisfy { ASCII.hexadecimal($0) != nil }
    }

    private static func isOctet(_ label: ArraySlice<UInt8>) -> Bool {
        guard label.count <= 3, label.allSatisfy(ASCII.isDigit), label.count == 1 || label.first != 0x30 else {
            return false
        }
        return UInt8(String(decoding: label, as: UTF8.self)) != nil
    }
}
