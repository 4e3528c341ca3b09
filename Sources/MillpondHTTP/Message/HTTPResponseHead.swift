/// The head of a response: status line and header fields, as offsets into the bytes it was parsed from.
///
/// A parser and its result in one value, like ``HTTPRequestHead``: feed `parse(_:limits:pool:)` the bytes that have
/// come, from the first on, until it answers `done` or `bad`; it goes on where it stopped. The table of fields lies in
/// a pooled block; nothing is allocated.
///
/// Strict by RFC 9112: one CR LF ends a line, no folding, no blank before a colon, nothing before the status line; one
/// `Content-Length` or a `Transfer-Encoding` of `chunked` alone, never both: two readers of the same bytes might
/// disagree about where such a response ends. One thing that the grammar forbids is let pass, because many servers do
/// it and it can't mislead: a status line without the blank before its empty reason.
@safe
public struct HTTPResponseHead: ~Copyable {
    /// How the end of the content is told (RFC 9112, section 6.3).
    public enum Framing: Equatable, Sendable {
        /// There is no content.
        case none
        /// So many bytes follow.
        case length(Int)
        /// Chunks follow.
        case chunked
        /// All that comes until the peer closes.
        case untilClose
        /// The connection is another protocol's from here on: an answer of 101, or of 2xx to CONNECT.
        case tunnel
    }

    /// The status.
    public internal(set) var status = HTTPStatus(999)
    /// The version: later ones of HTTP/1 count as 1.1.
    public internal(set) var version: HTTPVersion = .http11
    var progress = HTTPHeadProgress()
    var reasonStart: UInt32 = 0
    var reasonCount: UInt32 = 0
    var table = HTTPFieldTable()

    public init() {}

    /// Forgets everything, for the next response.
    public mutating func reset() {
        progress = HTTPHeadProgress()
        table.reset()
        reasonCount = 0
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
    /// Whether the server would take another request on this connection.
    public var keepsAlive: Bool { progress.keepsAlive(version) }
    /// Whether the server changes the protocol: 101, with `Upgrade` that is also named in `Connection`.
    public var isUpgrade: Bool {
        status == .switchingProtocols && progress.flags.isSuperset(of: [.upgrade, .connectionUpgrade])
    }

    /// How the end of the content is told, which also depends on the request's method.
    public func framing(for method: HTTPMethod) -> Framing {
        if status == .switchingProtocols { return .tunnel }
        // Before the statuses without content: there is none in any answer that opens a tunnel.
        if method == .connect, 200..<300 ~= status.code { return .tunnel }
        if method == .head || status.isBodiless { return .none }
        if isChunked { return .chunked }
        if let contentLength { return contentLength == 0 ? .none : .length(contentLength) }
        return .untilClose
    }

    /// Whether fields speak of content where there can be none, as `Transfer-Encoding` in a 204 does: somebody else may
    /// look for it, so nothing that follows on the connection can be trusted. To HEAD and with 304 the fields are about
    /// the content there would be.
    var announcesForbiddenContent: Bool {
        guard status.isBodiless, status != .notModified else { return false }
        return progress.flags.contains(.transferEncoding) || progress.length > 0
    }

    /// The letters of the status line's reason, perhaps none.
    @_lifetime(copy bytes)
    public func reason(in bytes: RawSpan) -> RawSpan {
        bytes.extracting(Int(reasonStart)..<Int(reasonStart + reasonCount))
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
