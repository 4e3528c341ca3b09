/// An `http` or `https` URL (RFC 3986, RFC 9110, section 4.2), taken apart.
///
/// Strict where two readers of one text could disagree about the host: no backslashes, percent signs or odd spellings
/// of IPv4 addresses there, and no control characters anywhere. Lenient where the meaning is clear: in path, query
/// and fragment, spaces and what is not ASCII are percent-encoded. Dot segments are resolved. The text of a URL leaves
/// its user information out, so that a log shows no password.
public struct HTTPURL: Hashable, Sendable {
    /// How the host is spoken to.
    public typealias Scheme = HTTPOrigin.Scheme

    /// The longest text that is looked at. 32 KiB.
    public static var maximumLength: Int { 32 << 10 }

    public internal(set) var scheme: Scheme
    /// Who asks, percent-encoded: `name:password` or `name`; nil without any. It can be written into a field.
    public internal(set) var userInfo: String?
    /// A name in lower case, an IPv4 address, or an IPv6 address without its brackets.
    public internal(set) var host: String
    /// The port: the one written, or the scheme's.
    public internal(set) var port: UInt16
    /// Percent-encoded, with its leading slash.
    public internal(set) var path: String
    /// Percent-encoded, without the question mark; nil without one.
    public internal(set) var query: String?
    /// Percent-encoded, without the hash sign; nil without one. Never sent.
    public internal(set) var fragment: String?

    /// Parses an absolute URL. Blanks around it are not part of it.
    public init(_ text: String) throws(HTTPURLError) {
        let reference = try URLReference(text)
        guard let scheme = reference.scheme else {
            // Before an @ there may be a password.
            let shown = text.utf8.lastIndex(of: UInt8(ascii: "@")).map { text[$0...].dropFirst() } ?? text[...]
            throw HTTPURLError(.missingScheme, String(shown))
        }
        try self.init(reference, scheme: Self.scheme(scheme))
    }

    /// From a reference with an authority.
    init(_ reference: URLReference, scheme: Scheme) throws(HTTPURLError) {
        guard let text = reference.authority else { throw HTTPURLError(.missingHost) }
        let authority = try URLAuthority(text)
        self.scheme = scheme
        userInfo = authority.userInfo.flatMap { $0.isEmpty ? nil : $0 }
        host = authority.host
        port = authority.port ?? scheme.defaultPort
        path = URLPath.removingDotSegments(try URLPath.encode(reference.path, .path))
        if path.isEmpty { path = "/" }
        query = try Self.encoded(reference.query)
        fragment = try Self.encoded(reference.fragment)
        // Left out, they would make a request of nobody's.
        if userInfo != nil, credentials?.fieldValue == nil { throw HTTPURLError(.invalidUserInfo) }
    }

    static func encoded(_ part: ArraySlice<UInt8>?) throws(HTTPURLError) -> String? {
        guard let part else { return nil }
        return try URLPath.encode(part, .query)
    }

    static func scheme(_ name: ArraySlice<UInt8>) throws(HTTPURLError) -> Scheme {
        let name = String(decoding: name.map(ASCII.lowercased), as: UTF8.self)
        switch name {
        case "http": return .http
        case "https": return .https
        default: throw HTTPURLError(.unsupportedScheme, name)
        }
    }

    /// Path and query, as they stand in a request line.
    public var target: String { query.map { "\(path)?\($0)" } ?? path }

    /// Host and port as they stand in a `Host` field: brackets around IPv6, the port only where it is not the usual.
    public var authority: String { port == scheme.defaultPort ? bracketedHost : hostAndPort }

    /// Host and port, always with the port: what CONNECT asks for.
    public var hostAndPort: String { "\(bracketedHost):\(port)" }

    private var bracketedHost: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }

    /// The URL as a proxy wants it: without user information and fragment.
    public var absoluteForm: String { "\(scheme)://\(authority)\(target)" }

    /// Whether both lead to the same scheme, host and port.
    public func hasSameOrigin(as other: HTTPURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// The name and password in the URL, decoded; nil without any.
    public var credentials: HTTPCredentials? {
        guard let userInfo else { return nil }
        let parts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = URLPath.decode(parts[0]), let password = URLPath.decode(parts.count > 1 ? parts[1] : "")
        else { return nil }
        return .basic(user: user, password: password)
    }

    /// The same URL without name and password.
    public var withoutUserInfo: HTTPURL {
        var url = self
        url.userInfo = nil
        return url
    }
}

extension HTTPURL: CustomStringConvertible {
    /// The URL without its user information.
    public var description: String { fragment.map { "\(absoluteForm)#\($0)" } ?? absoluteForm }
}
