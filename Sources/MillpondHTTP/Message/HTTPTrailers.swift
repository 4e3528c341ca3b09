/// The fields that came behind a chunked body (RFC 9110, section 6.5): names compared without regard to case, values
/// without blanks around them.
///
/// Bounded by ``HTTPChunkDecoder/maximumTrailer``. Fields that say how a message is framed, routed, authenticated or
/// understood are refused in a trailer, since whoever acts on them has done so long before. Holds a copy: a message
/// without trailers allocates nothing.
public struct HTTPTrailers: Sendable {
    /// Lines with their ends, as they came, checked by the decoder.
    private var bytes: [UInt8] = []

    public init() {}

    /// Whether there are none.
    public var isEmpty: Bool { bytes.isEmpty }

    /// How many field lines there are. Complexity: O(bytes).
    public var count: Int {
        var count = 0
        forEach { _, _ in count += 1 }
        return count
    }

    /// The value of the first line of this name, as text; what is not UTF-8 is replaced.
    public subscript(name: HTTPFieldName) -> String? {
        var found: String?
        forEach { other, value in
            if found == nil, name.matches(other) { found = String(bytes: value) }
        }
        return found
    }

    /// Shows every name and value, in the order in which they came.
    public func forEach<Failure: Error>(_ body: (RawSpan, RawSpan) throws(Failure) -> Void) throws(Failure) {
        // Sound: bytes have no padding.
        let all = unsafe bytes.span.bytes
        var start = 0
        while start < bytes.count {
            var colon = start
            while colon < bytes.count, bytes[colon] != UInt8(ascii: ":") { colon += 1 }
            var end = colon
            while end < bytes.count, bytes[end] != 0x0D { end += 1 }
            guard end < bytes.count else { return }
            try body(all.extracting(start..<colon), all.extracting(all.trimmingBlanks(colon + 1..<end)))
            start = end + 2
        }
    }

    // MARK: Building it

    /// Adds bytes of the trailer section, as ``HTTPChunkDecoder/trailerBytes`` says. Call ``finish(fieldLimit:)`` when
    /// the body has ended.
    public mutating func append(_ piece: RawSpan) {
        unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Forgets all of them.
    public mutating func removeAll() {
        if !bytes.isEmpty { bytes = [] }
    }

    /// Checks what the decoder does not: names and number.
    ///
    /// - Returns: what is wrong with them, if anything.
    public mutating func finish(fieldLimit: Int) -> HTTPMessageError? {
        // The empty line.
        if bytes.count <= 2 {
            removeAll()
            return nil
        }
        bytes.removeLast(2)
        var (count, isForbidden) = (0, false)
        forEach { name, _ in
            count += 1
            if Self.isForbidden(name) { isForbidden = true }
        }
        if isForbidden { return HTTPMessageError(.forbiddenTrailer) }
        return count > fieldLimit ? HTTPMessageError(.tooManyFields) : nil
    }

    /// What must not be in a trailer (RFC 9110, section 6.5.1).
    static func isForbidden(_ name: RawSpan) -> Bool {
        forbidden.contains { $0.matches(name) }
    }

    private static let forbidden: [HTTPFieldName] = [
        // Framing and the connection.
        "Transfer-Encoding", "Content-Length", "Trailer", "Connection", "Keep-Alive", "Proxy-Connection", "Upgrade",
        // Routing, and how the request is to be handled.
        "Host", "Expect", "Max-Forwards", "Cache-Control", "Pragma", "TE", "Range",
        "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range",
        // Who asks.
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "WWW-Authenticate", "Proxy-Authenticate",
        // How the answer is to be handled.
        "Age", "Date", "Expires", "Location", "Retry-After", "Vary", "Warning",
        // How the content is to be understood.
        "Content-Encoding", "Content-Type", "Content-Range",
    ]
}
