internal import MillpondPools

/// The head of a request: request line and header fields, as offsets into the bytes it was parsed from.
///
/// A parser and its result in one value. Feed `parse(_:limits:pool:)` the bytes that have come, from the first on,
/// until it answers `done` or `bad`; it goes on where it stopped, so a head that comes a byte at a time costs no more
/// than its length. The table of fields lies in a pooled block; nothing is allocated.
///
/// Strict by RFC 9112: one CR LF ends a line, no folding, no blank before a colon, one valid `Host`, one
/// `Content-Length` or a `Transfer-Encoding` that ends in `chunked`, never both.
@safe
public struct HTTPRequestHead: ~Copyable {
    /// What is known of the fields that say how to go on.
    struct Flags: OptionSet {
        let rawValue: UInt16
        static let requestLine = Flags(rawValue: 1 << 0)
        static let host = Flags(rawValue: 1 << 1)
        static let contentLength = Flags(rawValue: 1 << 2)
        static let transferEncoding = Flags(rawValue: 1 << 3)
        /// The last transfer coding is chunked.
        static let chunkedLast = Flags(rawValue: 1 << 4)
        static let otherCoding = Flags(rawValue: 1 << 5)
        static let close = Flags(rawValue: 1 << 6)
        static let keepAlive = Flags(rawValue: 1 << 7)
        static let connectionUpgrade = Flags(rawValue: 1 << 8)
        static let upgrade = Flags(rawValue: 1 << 9)
        static let expect = Flags(rawValue: 1 << 10)
        static let unknownExpectation = Flags(rawValue: 1 << 11)
        static let done = Flags(rawValue: 1 << 12)
        static let absolute = Flags(rawValue: 1 << 13)
    }

    /// The method; `other` for one without a name in ``HTTPMethod``.
    public internal(set) var method: HTTPMethod = .other
    /// The version: later ones of HTTP/1 count as 1.1.
    public internal(set) var version: HTTPVersion = .http11
    var flags: Flags = []
    var methodStart: UInt32 = 0
    var methodCount: UInt32 = 0
    var targetStart: UInt32 = 0
    var targetCount: UInt32 = 0
    /// Where the authority of a target in absolute form lies.
    var authorityStart: UInt32 = 0
    var authorityCount: UInt32 = 0
    /// The start of the line that is to be parsed next.
    var lineStart: UInt32 = 0
    /// How much of it has been looked at in vain.
    var scanned: UInt32 = 0
    var length: Int = 0
    var table = HTTPFieldTable()

    public init() {}

    /// Forgets everything, for the next request.
    public mutating func reset() {
        flags = []
        table.reset()
        lineStart = 0
        scanned = 0
        length = 0
        authorityCount = 0
    }

    /// Forgets everything and returns the table's block.
    public mutating func release() {
        reset()
        table.release()
    }

    // MARK: What the head says

    /// How many header fields there are.
    public var fieldCount: Int { table.count }
    /// The value of `Content-Length`; nil without one.
    public var contentLength: Int? { flags.contains(.contentLength) ? length : nil }
    /// Whether the content comes in chunks.
    public var isChunked: Bool { flags.contains(.chunkedLast) }
    /// Whether content follows.
    public var hasBody: Bool { isChunked || (flags.contains(.contentLength) && length > 0) }
    /// Whether the client would send another request on this connection.
    public var keepsAlive: Bool {
        if flags.contains(.close) { return false }
        return version == .http11 || flags.contains(.keepAlive)
    }
    /// Whether the client waits for `100 Continue` before it sends the content. Never true of HTTP/1.0.
    public var expectsContinue: Bool { flags.contains(.expect) && version == .http11 && hasBody }
    /// Whether the client offers to change the protocol: `Upgrade`, also named in `Connection`, in HTTP/1.1.
    public var offersUpgrade: Bool { flags.isSuperset(of: [.upgrade, .connectionUpgrade]) && version == .http11 }
    /// Whether the target is a whole URI.
    public var isAbsoluteForm: Bool { flags.contains(.absolute) }

    /// The letters of the method.
    @_lifetime(copy bytes)
    public func method(in bytes: RawSpan) -> RawSpan {
        bytes.extracting(Int(methodStart)..<Int(methodStart + methodCount))
    }

    /// The target as it was sent.
    @_lifetime(copy bytes)
    public func target(in bytes: RawSpan) -> RawSpan {
        bytes.extracting(Int(targetStart)..<Int(targetStart + targetCount))
    }

    /// The name of the field at `index`, as it was sent.
    @_lifetime(copy bytes)
    public func name(at index: Int, in bytes: RawSpan) -> RawSpan {
        let field = table[index]
        return bytes.extracting(Int(field.nameStart)..<Int(field.nameStart &+ field.nameCount))
    }

    /// The value of the field at `index`, without blanks around it.
    @_lifetime(copy bytes)
    public func value(at index: Int, in bytes: RawSpan) -> RawSpan {
        let field = table[index]
        return bytes.extracting(Int(field.valueStart)..<Int(field.valueStart &+ field.valueCount))
    }

    /// The place of the first field called `name`, at or after `start`. Complexity: O(fields).
    public func index(of name: HTTPFieldName, from start: Int = 0, in bytes: RawSpan) -> Int? {
        var index = start
        while index < fieldCount {
            let field = table[index]
            if Int(field.nameCount) == name.count, name.matches(self.name(at: index, in: bytes)) { return index }
            index += 1
        }
        return nil
    }
}
