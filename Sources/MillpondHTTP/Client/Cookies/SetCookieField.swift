/// The value of a `Set-Cookie` field, taken apart (RFC 6265, section 5.2).
struct SetCookieField: Equatable {
    /// The longest name and value together, and the longest attribute (RFC 6265bis, section 5.6).
    static var maximumPair: Int { 4096 }
    static var maximumAttribute: Int { 1024 }

    var name: String
    var value: String
    var expires: Int?
    var maxAge: Int?
    /// In lower case without its leading dot; nil when there is none, or an empty one.
    var domain: String?
    /// Nil when there is none, or none that begins with a slash.
    var path: String?
    var isSecure = false
    var isHTTPOnly = false
    var sameSite: StoredCookie.SameSite?

    /// Nil for what is to be ignored: no name and no value, too long, or with control characters in it.
    init?(_ field: String) {
        guard field.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else { return nil }
        var parts = field.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)[...]
        guard let pair = parts.popFirst().map(Substring.init) else { return nil }
        if let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) {
            name = Self.trimmed(pair[..<equals])
            value = Self.trimmed(pair[pair.utf8.index(after: equals)...])
        } else {
            // A value without a name, by section 5.6 of RFC 6265bis.
            name = ""
            value = Self.trimmed(pair)
        }
        guard !(name.isEmpty && value.isEmpty), name.utf8.count + value.utf8.count <= Self.maximumPair else {
            return nil
        }
        for part in parts { take(attribute: Substring(part)) }
    }

    private mutating func take(attribute: Substring) {
        let pieces = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let text = pieces.count > 1 ? Self.trimmed(pieces[1]) : ""
        guard let first = pieces.first, text.utf8.count <= Self.maximumAttribute else { return }
        switch Self.trimmed(first).lowercased() {
        case "expires": if let date = CookieDate.parse(text) { expires = date }
        case "max-age": if let age = Self.age(text) { maxAge = age }
        case "domain":
            let name = text.utf8.first == UInt8(ascii: ".") ? String(text.dropFirst()) : text
            domain = name.isEmpty ? nil : name.lowercased()
        case "path": path = text.utf8.first == UInt8(ascii: "/") ? text : nil
        case "secure": isSecure = true
        case "httponly": isHTTPOnly = true
        case "samesite":
            switch text.lowercased() {
            case "none": sameSite = StoredCookie.SameSite.none
            case "lax": sameSite = .lax
            case "strict": sameSite = .strict
            default: sameSite = nil
            }
        default: break
        }
    }

    /// Digits with or without a minus; what is too large for a number is as large as one gets.
    private static func age(_ text: String) -> Int? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return digits.startIndex == text.startIndex ? Int(digits) ?? .max : -1
    }

    private static func trimmed(_ text: Substring) -> String {
        String(Substring(text.utf8.trimmingBlanks()))
    }
}
