/// Who asks, for an `Authorization` or `Proxy-Authorization` field.
public enum HTTPCredentials: Hashable, Sendable {
    /// A name and a password, in UTF-8 (RFC 7617).
    case basic(user: String, password: String)
    /// A token (RFC 6750).
    case bearer(token: String)

    /// The field's value; nil when the credentials can't be written: a name with a colon, control characters, or a
    /// token of other characters than tokens have.
    public var fieldValue: String? {
        switch self {
        case .basic(let user, let password):
            let isSafe = { (text: String) in text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
            guard !user.utf8.contains(UInt8(ascii: ":")), isSafe(user), isSafe(password) else { return nil }
            return "Basic \(Base64.encode("\(user):\(password)".utf8))"
        case .bearer(let token):
            guard Self.isToken68(token) else { return nil }
            return "Bearer \(token)"
        }
    }

    /// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 9110, section 11.2).
    private static func isToken68(_ token: String) -> Bool {
        var bytes = Array(token.utf8)
        while bytes.last == UInt8(ascii: "=") { bytes.removeLast() }
        return !bytes.isEmpty
            && bytes.allSatisfy { byte in
                if ASCII.isDigit(byte) || ASCII.lowercased(byte) &- 0x61 < 26 { return true }
                return [0x2B, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E].contains(byte)
            }
    }
}

extension HTTPCredentials: CustomStringConvertible {
    /// The kind; never the secret.
    public var description: String {
        switch self {
        case .basic(let user, _): "basic credentials of \(user)"
        case .bearer: "bearer token"
        }
    }
}

/// RFC 4648, section 4.
enum Base64 {
    static func encode(_ bytes: some Collection<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        var word = 0
        var bits = 0
        for byte in bytes {
            word = word << 8 | Int(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                result.append(alphabet[word >> bits & 63])
            }
            word &= 0xFF
        }
        if bits > 0 { result.append(alphabet[word << (6 - bits) & 63]) }
        while result.count % 4 != 0 { result.append(UInt8(ascii: "=")) }
        return String(decoding: result, as: UTF8.self)
    }
}
