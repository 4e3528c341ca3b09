internal import MillpondPools

/// The head of a request: request line and header fields, as offsets into the bytes it was parsed from.
///
/// A parser and its result in one value. Feed `parse(_:limits:pool:)` the bytes that have come, from the first on,
/// until it answers `done` or `bad`; it goes on where it stopped, so a head that comes a byte at a time costs no more
/// than its length. The table of fields lies in a pooled block; nothing is allocated.
///
/// Strict by RFC 9112: one CR LF ends a line, no folding, no blank before a colon, one valid `Host`, one
/// `Content-Length` or a `Transfer-Encoding` of `chunked` alone, never both.
@safe
public struct HTTPRequestHead: ~Copyable {
    /// The method; `other` for one without a name in ``HTTPMethod``.
    public internal(set) var method: HTTPMethod = .other
    /// The version: later ones of HTTP/1 count as 1.1.
    public internal(set) var version: HTTPVersion = .http11
    var progress = HTTPHeadProgress()
    var methodStart: UInt32 = 0
    var methodCount: UInt32 = 0
    var targetStart: UInt32 = 0
    var targetCount: UInt32 = 0
    /// Where the authority of a target in absolute form lies.
    var authorityStart: UInt32 = 0
    var authorityCount: UInt32 = 0
    var table = HTTPFieldTable()

    public init() {}

    /// Forgets everything, for the next request.
    public mutating func reset() {
        progress = HTTPHeadProgress()
        method = .other
        version = .http11
        table.reset()
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
    public var contentLength: Int? { progress.contentLength }
    /// Whether the content comes in chunks.
    public var isChunked: Bool { progress.flags.contains(.chunkedLast) }
    /// Whether content follows.
    public var hasBody: Bool { isChunked || progress.length > 0 }
    /// Whether the client would send another request on this connection.
    public var keepsAlive: Bool { progress.keepsAlive(version) }
    /// Whether the client waits for `100 Continue` before it sends the content. Never true of HTTP/1.0.
    public var expectsContinue: Bool { progress.flags.contains(.expect) && version == .http11 && hasBody }
    /// Whether the client offers to change the protocol: `Upgrade`, also named in `Connection`, in HTTP/1.1.
    public var offersUpgrade: Bool {
        progress.flags.isSuperset(of: [.upgrade, .connectionUpgrade]) && version == .http11
    }
    /// Whether the target is a whole URI.
    public var isAbsoluteForm: Bool { progress.flags.contains(.absolute) }

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
        table.name(at: index, in: bytes)
    }

    /// The value of the field at `index`, without blanks around it.
    @_lifetime(copy bytes)
    public func value(at index: Int, in bytes: RawSpan) -> RawSpan {
        table.value(at: index, in: bytes)
    }

    /// The place of the first field called `name`, at or after `start`. Complexity: O(fields).
    public func index(of name: HTTPFieldName, from start: Int = 0, in bytes: RawSpan) -> Int? {
        table.index(of: name, from: start, in: bytes)
    }
}
