/// The name of a header field, as a literal: no allocation, no hashing. Compared without regard to case.
///
///     extension HTTPFieldName { static var requestID: HTTPFieldName { "X-Request-ID" } }
public struct HTTPFieldName: Sendable, ExpressibleByStringLiteral {
    @usableFromInline let text: StaticString

    /// - Precondition: the literal is a token (RFC 9110, section 5.6.2).
    @inlinable
    public init(stringLiteral text: StaticString) {
        self.text = text
    }

    /// How many letters it has.
    @inlinable public var count: Int { text.utf8CodeUnitCount }

    /// Whether `name` is this name, in any case.
    @inlinable
    public func matches(_ name: RawSpan) -> Bool {
        guard name.byteCount == count, text.hasPointerRepresentation else { return false }
        // Sound: both have as many bytes.
        return unsafe name.withUnsafeBytes { unsafe ASCII.equalsIgnoringCase($0.baseAddress, text.utf8Start, count) }
    }

    @inlinable public static var accept: HTTPFieldName { "Accept" }
    @inlinable public static var acceptEncoding: HTTPFieldName { "Accept-Encoding" }
    @inlinable public static var accessControlAllowOrigin: HTTPFieldName { "Access-Control-Allow-Origin" }
    @inlinable public static var allow: HTTPFieldName { "Allow" }
    @inlinable public static var authorization: HTTPFieldName { "Authorization" }
    @inlinable public static var cacheControl: HTTPFieldName { "Cache-Control" }
    @inlinable public static var connection: HTTPFieldName { "Connection" }
    @inlinable public static var contentEncoding: HTTPFieldName { "Content-Encoding" }
    @inlinable public static var contentLength: HTTPFieldName { "Content-Length" }
    @inlinable public static var contentRange: HTTPFieldName { "Content-Range" }
    @inlinable public static var contentType: HTTPFieldName { "Content-Type" }
    @inlinable public static var cookie: HTTPFieldName { "Cookie" }
    @inlinable public static var date: HTTPFieldName { "Date" }
    @inlinable public static var eTag: HTTPFieldName { "ETag" }
    @inlinable public static var expect: HTTPFieldName { "Expect" }
    @inlinable public static var expires: HTTPFieldName { "Expires" }
    @inlinable public static var host: HTTPFieldName { "Host" }
    @inlinable public static var ifMatch: HTTPFieldName { "If-Match" }
    @inlinable public static var ifModifiedSince: HTTPFieldName { "If-Modified-Since" }
    @inlinable public static var ifNoneMatch: HTTPFieldName { "If-None-Match" }
    @inlinable public static var ifRange: HTTPFieldName { "If-Range" }
    @inlinable public static var ifUnmodifiedSince: HTTPFieldName { "If-Unmodified-Since" }
    @inlinable public static var lastModified: HTTPFieldName { "Last-Modified" }
    @inlinable public static var location: HTTPFieldName { "Location" }
    @inlinable public static var origin: HTTPFieldName { "Origin" }
    @inlinable public static var range: HTTPFieldName { "Range" }
    @inlinable public static var referer: HTTPFieldName { "Referer" }
    @inlinable public static var retryAfter: HTTPFieldName { "Retry-After" }
    @inlinable public static var secWebSocketAccept: HTTPFieldName { "Sec-WebSocket-Accept" }
    @inlinable public static var secWebSocketExtensions: HTTPFieldName { "Sec-WebSocket-Extensions" }
    @inlinable public static var secWebSocketKey: HTTPFieldName { "Sec-WebSocket-Key" }
    @inlinable public static var secWebSocketProtocol: HTTPFieldName { "Sec-WebSocket-Protocol" }
    @inlinable public static var secWebSocketVersion: HTTPFieldName { "Sec-WebSocket-Version" }
    @inlinable public static var server: HTTPFieldName { "Server" }
    @inlinable public static var setCookie: HTTPFieldName { "Set-Cookie" }
    @inlinable public static var te: HTTPFieldName { "TE" }
    @inlinable public static var trailer: HTTPFieldName { "Trailer" }
    @inlinable public static var transferEncoding: HTTPFieldName { "Transfer-Encoding" }
    @inlinable public static var upgrade: HTTPFieldName { "Upgrade" }
    @inlinable public static var userAgent: HTTPFieldName { "User-Agent" }
    @inlinable public static var vary: HTTPFieldName { "Vary" }
    @inlinable public static var via: HTTPFieldName { "Via" }
    @inlinable public static var wwwAuthenticate: HTTPFieldName { "WWW-Authenticate" }
}

extension HTTPFieldName: CustomStringConvertible {
    /// Its letters, as written in the literal.
    public var description: String { String(describing: text) }
}

extension HTTPFieldName {
    var isDate: Bool {
        // Sound: literals live for ever.
        unsafe HTTPFieldName.date.matches(
            RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: count))
    }
}
