/// A request to be sent. A value: it may be built once and sent often, which then allocates nothing.
///
///     var request = try HTTPClientRequest(.post, "http://example.org/items")
///     request.fields.set(.contentType, "application/json")
///     request.body = .text("{}")
public struct HTTPClientRequest: Sendable {
    /// Whether a request that failed on a connection kept from before may be sent again.
    public enum Retry: Sendable {
        /// If its method is idempotent (RFC 9110, section 9.2.2), it has an `Idempotency-Key`, or not a byte of it has
        /// left.
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
    /// Whether to ask for compressed content (`Accept-Encoding: gzip, deflate`) and decompress what comes. Not where
    /// the fields have an `Accept-Encoding` of their own, or ask for a `Range`. See
    /// ``HTTPClientResponse/isDecompressed``.
    public var acceptsCompression = false
    /// When it may be sent again.
    public var retry = Retry.whenSafe

    /// - Parameters:
    ///   - method: what is asked for.
    ///   - origin: the server.
    ///   - target: path and query as they are sent.
    public init(_ method: HTTPMethod = .get, origin: HTTPOrigin, target: String = "/") {
        self.method = method
        self.origin = origin
        self.target = target
    }

    /// - Parameters:
    ///   - method: what is asked for.
    ///   - url: `http://[name:password@]host[:port][/path][?query]`; what needs escaping in path and query is escaped.
    ///     Name and password become an `Authorization` field; a fragment is left out.
    /// - Throws: ``HTTPClientError/invalidURL(_:)``.
    public init(_ method: HTTPMethod = .get, _ url: String) throws(HTTPClientError) {
        do throws(HTTPURLError) { self.init(method, try HTTPURL(url)) } catch { throw .invalidURL(error) }
    }

    /// - Parameters:
    ///   - method: what is asked for.
    ///   - url: where it is sent to; name and password in it become an `Authorization` field.
    public init(_ method: HTTPMethod = .get, _ url: HTTPURL) {
        self.init(method, origin: HTTPOrigin(url), target: url.target)
        if let value = url.credentials?.fieldValue { fields.set(.authorization, value) }
    }

    /// Whether the request says that compressed content will do.
    var offersCompression: Bool {
        acceptsCompression && !fields.contains(.acceptEncoding) && !fields.contains(.range)
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
