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
            // Sound: bytes have no padding.
            return "Basic \(Base64.encode(unsafe "\(user):\(password)".utf8.span.bytes))"
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
