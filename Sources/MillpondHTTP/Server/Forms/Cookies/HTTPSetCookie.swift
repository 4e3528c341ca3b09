/// A cookie for the client to keep (RFC 6265, section 4.1).
///
///     var cookie = HTTPSetCookie("session", token)
///     cookie.isSecure = true
///     try response.setCookie(cookie)
///
/// Only `HttpOnly` and `SameSite=Lax` are set unless told otherwise.
public struct HTTPSetCookie: Sendable, Hashable {
    /// Which requests from other sites the cookie comes with.
    public enum SameSite: String, Sendable, Hashable {
        /// None of them.
        case strict = "Strict"
        /// Navigation to this site.
        case lax = "Lax"
        /// All; needs `isSecure`.
        case none = "None"
    }

    /// The name.
    public var name: String
    /// The value, as it is sent.
    public var value: String
    /// Which paths it is for; nil for the folder of the request's.
    public var path: String?
    /// The host whose subdomains it is for, too; nil for this host alone.
    public var domain: String?
    /// When it ends, in seconds since 1970; nil when the browser is closed.
    public var expires: Int?
    /// In how many seconds it ends; none or less ends it at once. Goes before `expires`.
    public var maxAge: Int?
    /// Only for encrypted connections.
    public var isSecure = false
    /// Not for scripts.
    public var isHTTPOnly = true
    /// Which requests from other sites it comes with; nil leaves that to the browser.
    public var sameSite: SameSite? = .lax
    /// Kept apart for each site that embeds this one; needs `isSecure`.
    public var isPartitioned = false

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// A cookie that ends one of this name at once. Path and domain must be as they were.
    public static func removal(of name: String, path: String? = nil, domain: String? = nil) -> HTTPSetCookie {
        var cookie = HTTPSetCookie(name, "")
        cookie.path = path
        cookie.domain = domain
        cookie.maxAge = 0
        cookie.expires = 0
        return cookie
    }

    /// The value of `Set-Cookie`.
    ///
    /// - Throws: ``HTTPCookieError`` for what browsers would misunderstand or drop.
    public func fieldValue() throws(HTTPCookieError) -> String {
        try check()
        var text = "\(name)=\(value)"
        if let path { text += "; Path=\(path)" }
        if let domain { text += "; Domain=\(domain)" }
        if let expires {
            var date = HTTPDate()
            date.update(expires)
            text += "; Expires=\(date.value)"
        }
        if let maxAge { text += "; Max-Age=\(max(0, maxAge))" }
        if isSecure { text += "; Secure" }
        if isHTTPOnly { text += "; HttpOnly" }
        if let sameSite { text += "; SameSite=\(sameSite.rawValue)" }
        if isPartitioned { text += "; Partitioned" }
        return text
    }

    private func check() throws(HTTPCookieError) {
        guard !name.isEmpty, name.utf8.allSatisfy(ASCII.isToken) else { throw .name }
        guard CookieSyntax.isValue(Array(value.utf8)) else { throw .value }
        guard name.utf8.count + value.utf8.count <= 4096 else { throw .tooLarge }
        if let path {
            let isPath = path.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ";") }
            guard isPath, path.first == "/" else { throw .path }
            guard path.utf8.count <= 1024 else { throw .tooLarge }
        }
        if let domain {
            guard CookieSyntax.isDomain(domain) else { throw .domain }
        }
        // 31 December 9999: its year is the last of four digits.
        if let expires, !(0...253_402_300_799).contains(expires) { throw .expires }
        let prefix = name.lowercased()
        if prefix.hasPrefix("__secure-"), !isSecure { throw .prefix }
        if prefix.hasPrefix("__host-"), !isSecure || domain != nil || path != "/" { throw .prefix }
        if sameSite == SameSite.none, !isSecure { throw .sameSite }
        if isPartitioned, !isSecure { throw .partitioned }
    }
}

extension HTTPResponse {
    /// Adds a `Set-Cookie`, besides those for other cookies.
    ///
    /// - Throws: ``HTTPCookieError``; the response is then as before.
    public mutating func setCookie(_ cookie: HTTPSetCookie) throws(HTTPCookieError) {
        add(.setCookie, try cookie.fieldValue())
    }
}
