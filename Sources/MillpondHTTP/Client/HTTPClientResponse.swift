internal import MillpondPools

/// A response as its scope sees it: views of the head where it lies, and the content as it comes.
///
/// Lives as long as the scope. The views borrow it, so none can be kept, or be in use while content is read. Confined
/// to the connection's reactor, on which the scope runs.
@safe
public struct HTTPClientResponse: ~Copyable {
    // Sound: the lease of the connection outlives the scope, in which alone a response can be used.
    @safe unowned(unsafe) let connection: ClientConnection
    /// What undoes the content's coding; nil where it is handed on as it comes.
    var decoder: ContentDecoder?

    init(_ connection: ClientConnection) {
        self.connection = connection
    }

    /// The head's bytes.
    var head: RawSpan {
        @_lifetime(borrow self)
        get {
            // Sound: the connection keeps them until the scope is over.
            let span = unsafe RawSpan(
                _unsafeStart: connection.headBytes.withUnsafeBytes { unsafe $0.baseAddress.unsafelyUnwrapped },
                byteCount: connection.headBytes.count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Whether the connection had carried a request before.
    public var isReused: Bool { connection.requestCount > 1 }
    /// The status.
    public var status: HTTPStatus { connection.head.status }
    /// The version.
    public var version: HTTPVersion { connection.head.version }
    /// The value of `Content-Length`; nil without one. To HEAD it is the length there would be, of compressed content
    /// the compressed length.
    public var contentLength: Int? { connection.head.contentLength }
    /// How many header fields there are.
    public var fieldCount: Int { connection.head.fieldCount }

    /// The name of the field at `index`.
    @_lifetime(borrow self)
    public func fieldName(at index: Int) -> RawSpan { connection.head.name(at: index, in: head) }

    /// The value of the field at `index`.
    @_lifetime(borrow self)
    public func fieldValue(at index: Int) -> RawSpan { connection.head.value(at: index, in: head) }

    /// The value of a field: its first line's, without blanks around it.
    @_lifetime(borrow self)
    public func field(_ name: HTTPFieldName) -> RawSpan? {
        guard let index = connection.head.index(of: name, in: head) else { return nil }
        return connection.head.value(at: index, in: head)
    }

    /// The value of a field as text; bytes that are not UTF-8 are replaced.
    public func string(_ name: HTTPFieldName) -> String? {
        guard let index = connection.head.index(of: name, in: head) else { return nil }
        return String(bytes: connection.head.value(at: index, in: head))
    }

    /// A copy of the header fields, to be kept.
    public var fields: HTTPFields {
        var fields = HTTPFields()
        for index in 0..<fieldCount { fields.add(nameBytes: fieldName(at: index), fieldValue(at: index)) }
        return fields
    }

    /// How long it took so far; exact to a turn of the reactor.
    public var timings: HTTPClientTimings {
        let times = connection.times
        return HTTPClientTimings(
            connection: .nanoseconds(Int64(times.lent &- times.called)),
            firstByte: .nanoseconds(Int64(times.answered &- times.called)))
    }

    /// Takes the connection for another protocol: after a 101 to a request with `upgrade`, or a 2xx to CONNECT. It is
    /// the caller's from now on, to be used on its reactor; it is closed with the tunnel.
    ///
    /// - Throws: ``HTTPClientError`` for any other response, or a second time.
    public mutating func takeOver() throws -> HTTPTunnel {
        try connection.takeOver()
    }
}
