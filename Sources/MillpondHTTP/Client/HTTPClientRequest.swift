/// A request to be sent. A value: it may be built once and sent often, which then allocates nothing.
///
///     var request = try HTTPClientRequest(.post, "http://example.org/items")
///     request.fields.set(.contentType, "application/json")
///     request.body = .text("{}")
public struct HTTPClientRequest: Sendable {
    /// Whether a request that failed on a connection kept from before may be sent again.
    public enum Retry: Sendable {
        /// If its method is idempotent (RFC 9110, section 9.2.2), it has an `Idempotency-Key`, or not a byte of it left.
        case whenSafe
        /// Whatever its method is.
        case always
        case never
    }

    /// The method; for `other`, ``methodName`` has its letters.
    public var method: HTTPMethod
    /// The letters of a method that has no name in ``HTTPMethod``.
    public var methodName: String?
    /// Where it is sent to.
    public var origin: HTTPOrigin
    /// Path and query as they are sent: escaped, and beginning with a slash. `*` for OPTIONS, `host:port` for CONNECT.
    public var target: String
    /// Header fields. `Content-Length`, `Transfer-Encoding`, `Connection` and `Upgrade` are the client's to set; `Host`
    /// is set unless it is among them.
    public var fields = HTTPFields()
    /// The content.
    public var body = HTTPClientBody.none
    /// The proxy to go through; nil for none.
    public var proxy: HTTPProxy?
    /// How long its phases may take; nil for the transport's times.
    public var timeouts: HTTPClientTimeouts?
    /// Whether to ask the server before the content is sent: `Expect: 100-continue`.
    public var expectsContinue = false
    /// Whether the connection is to end with the response.
    public var closesConnection = false
    /// The protocol to change to, for `Upgrade`; nil for none. See ``HTTPClientResponse/takeOver()``.
    public var upgrade: String?
    /// When it may be sent again.
    public var retry = Retry.whenSafe

    /// - Parameter target: path and query as they are sent.
    public init(_ method: HTTPMethod = .get, origin: HTTPOrigin, target: String = "/") {
        self.method = method
        self.origin = origin
        self.target = target
    }

    /// - Parameter url: `http://host[:port][/path][?query]`, escaped as RFC 3986 wants it; a fragment is left out.
    /// - Throws: ``HTTPClientError/invalidURL(_:)``.
    public init(_ method: HTTPMethod = .get, _ url: String) throws(HTTPClientError) {
        let (origin, target) = try HTTPOrigin.split(url)
        self.init(method, origin: origin, target: target)
    }

    var key: HTTPConnectionKey { HTTPConnectionKey(origin: origin, proxy: proxy) }

    /// Whether sending it twice is the same as sending it once, as far as one can tell.
    var isIdempotent: Bool {
        switch method {
        case .get, .head, .options, .trace, .put, .delete: true
        default: fields.contains("Idempotency-Key") || fields.contains("X-Idempotency-Key")
        }
    }
}

extension HTTPOrigin {
    /// Takes a URL apart.
    static func split(_ url: String) throws(HTTPClientError) -> (HTTPOrigin, target: String) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .invalidURL("blank or control character") }
        let scheme: Scheme
        let prefix: Int
        if url.prefix(7).lowercased() == "http://" {
            (scheme, prefix) = (.http, 7)
        } else if url.prefix(8).lowercased() == "https://" {
            (scheme, prefix) = (.https, 8)
        } else {
            throw .invalidURL("scheme")
        }
        let rest = url.dropFirst(prefix).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest[authority.endIndex...]
        if authority.contains("@") { throw .invalidURL("user information") }
        var host = authority
        var port: UInt16?
        if let colon = authority.lastIndex(of: ":"), authority[colon...].firstIndex(of: "]") == nil {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            if !digits.isEmpty {
                guard digits.utf8.allSatisfy(ASCII.isDigit), let number = UInt16(digits) else {
                    throw .invalidURL("port")
                }
                port = number
            }
        }
        if host.isEmpty { throw .invalidURL("host") }
        let origin = try HTTPOrigin(scheme: scheme, host: String(host), port: port)
        return (origin, path.first == "/" ? String(path) : "/" + path)
    }
}
