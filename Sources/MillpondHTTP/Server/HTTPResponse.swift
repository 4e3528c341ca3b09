public import MillpondIO
public import MillpondNet
public import MillpondPools

/// The answer to a request.
///
/// Set the status and fields, then either `send` the whole content, which gives it a `Content-Length`, or `write` it
/// piece by piece. What is sent goes to the channel's outbox and leaves at the end of the reactor's turn. Content that
/// is written in pieces, is whole by then, and fits a block together with the head, gets a `Content-Length` too.
///
/// The server adds `Date`, `Content-Length` or `Transfer-Encoding`, and `Connection` where it is needed. Content is
/// left out by itself where there must be none: for HEAD, 1xx, 204 and 304.
@safe
public struct HTTPResponse: ~Copyable {
    enum Phase {
        /// The head can still be changed.
        case open
        /// The head is made, and with the first content in the driver's `gathered` until that is sent.
        case gathering
        case chunks
        /// So much is to be written still.
        case length(Int)
        /// The end of the connection ends the content.
        case untilClose
        /// Writes are counted by nobody and sent to nobody.
        case withoutBody
        case finished
    }

    /// The largest sum of fields.
    static var maximumFields: Int { 64 << 10 }

    // Sound: the driver outlives the call of the handler, in which alone a response can be used.
    @safe unowned(unsafe) let driver: HTTPDriver
    var phase = Phase.open
    /// Field lines, as they will be sent.
    var fields: Block?
    var fieldBytes = 0
    /// Whether `Vary: Origin` is sent, whatever becomes of the fields that were set.
    var variesByOrigin = false
    var hasDate = false
    var fieldError: HTTPResponseError?
    /// Whether the handler has tried to change the head when that was made already.
    var wasChangedLate = false
    private var chosenStatus = HTTPStatus.ok
    /// How many bytes of content were sent, as far as the handler is concerned; without chunks and head.
    public internal(set) var contentCount = 0
    /// What is sent behind the content; nil without trailers.
    var trailers: ResponseTrailers?
    /// Whether and how content is compressed; nil when it is not, or no longer to be considered.
    var compression: ResponseCompression?
    /// There is one while content is being compressed.
    var deflater: BoundedDeflater?
    /// What was compressed and has not been sent.
    var compressed: ByteChain?
    /// The reactor's turn in which the first piece was compressed.
    var compressionBegan: UInt64 = 0

    /// The status. 200. Setting it once the head is made changes nothing, and the server's `onError` is told.
    public var status: HTTPStatus {
        get { chosenStatus }
        set {
            guard isOpen else { return fail(.alreadySent) }
            chosenStatus = newValue
        }
    }
    /// How many bytes the content will have that is written piece by piece, or to HEAD would be; content of another
    /// length is a mistake. Nil sends it in chunks, as do trailers.
    public var contentLength: Int?
    /// Whether the connection is to end with this response.
    public var closesConnection = false

    init(driver: HTTPDriver) {
        self.driver = driver
    }

    /// The connection.
    public var channel: Channel { driver.channel }
    /// Whether nothing of it has been sent, or written: the head can still be changed.
    public var isOpen: Bool { if case .open = phase { deflater == nil } else { false } }
    /// Whether all of it has been sent.
    public var isFinished: Bool { if case .finished = phase { true } else { false } }

    // MARK: Sending it whole

    /// Sends the head and the whole content.
    ///
    /// - Throws: `HTTPResponseError` for a mistake in status or fields, for another length than `contentLength`, or
    ///   when something was sent before; `IOError` when the connection is gone.
    public mutating func send(_ body: RawSpan) async throws {
        if body.byteCount <= Self.pieceSize { return try sendWhole(body) }
        if compression != nil, try await sendCompressedPieces(body) { return }
        if trailers != nil {
            guard isOpen else { throw HTTPResponseError.alreadySent }
            try await write(body)
            return try finish()
        }
        try beginWhole(count: body.byteCount)
        guard sendsBody else { return phase = .finished }
        var offset = 0
        while offset < body.byteCount {
            let end = min(offset + Self.pieceSize, body.byteCount)
            try channel.write(body.extracting(offset..<end))
            offset = end
            try await relieve()
        }
        phase = .finished
    }

    /// Sends the head and a literal.
    ///
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func send(_ body: StaticString) async throws {
        // Sound: literals live for ever.
        try await send(
            unsafe RawSpan(_unsafeStart: UnsafeRawPointer(body.utf8Start), byteCount: body.utf8CodeUnitCount))
    }

    /// Sends the head and the text's UTF-8.
    ///
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func send(_ body: String) async throws {
        unsafe try await send(body.utf8.span.bytes)
    }

    /// Sends the head and the bytes.
    ///
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func send(_ body: [UInt8]) async throws {
        // Sound: bytes have no padding.
        try await send(unsafe body.span.bytes)
    }

    /// Sends the head and the bytes, long ones without copying them.
    ///
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func send(_ body: consuming SharedBytes) async throws {
        if compression != nil, try sendCompressed(body.bytes) { return }
        if compression != nil, try await sendCompressedPieces(body.bytes) { return }
        if trailers != nil {
            guard isOpen else { throw HTTPResponseError.alreadySent }
            try await write(body)
            return try finish()
        }
        var content = ByteChain()
        do { try content.append(body) } catch { throw IOError.bufferUnavailable(error) }
        try await sendWhole(content)
        try await relieve()
    }

    /// Sends the head and the chain's bytes without copying them.
    ///
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func send(_ body: consuming ByteChain) async throws {
        if compression != nil, try sendCompressed(body) { return }
        if compression != nil, try await sendCompressedPieces(&body) { return }
        if trailers != nil {
            guard isOpen else { throw HTTPResponseError.alreadySent }
            try await write(body)
            return try finish()
        }
        try await sendWhole(body)
    }

    private mutating func sendWhole(_ body: consuming ByteChain) async throws {
        try beginWhole(count: body.count)
        if sendsBody {
            while body.count > Self.pieceSize {
                try channel.write(body.takeFirst(Self.pieceSize))
                try await relieve()
            }
            try channel.write(body)
        }
        phase = .finished
    }

    /// Sends the head alone: a response without content.
    ///
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func send() async throws {
        try sendWhole(RawSpan())
    }

    /// The synchronous part of `send`.
    mutating func sendWhole(_ body: RawSpan) throws {
        if compression != nil, try sendCompressed(body) { return }
        if trailers != nil { return try sendWithTrailers(body) }
        try beginWhole(count: body.byteCount)
        if sendsBody, !body.isEmpty { try channel.write(body) }
        phase = .finished
    }

    /// Content of any size, before trailers.
    private mutating func sendWithTrailers(_ body: RawSpan) throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        try beginPieces()
        if !body.isEmpty { try writePiece(body) }
        try finish()
    }

    private mutating func beginWhole(count: Int) throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        var length = count
        if let contentLength, contentLength != count, !status.isBodiless {
            // HEAD is answered with the length that the content would have.
            guard driver.head.method == .head, count == 0, contentLength > 0 else {
                throw HTTPResponseError.wrongLength
            }
            length = contentLength
        }
        try writeHead(framing: .length(length))
        if sendsBody { contentCount = count }
    }

    /// Ends the response where it is; the connection ends too, which tells the client that something is missing.
    mutating func abandon() {
        driver.state.insert(.closing)
        // Without length or chunks only a reset tells, which ends a channel that is incomplete.
        if case .untilClose = phase { channel.close(.protocolError) }
        phase = .finished
    }

    /// Forgets status and fields, for an error's answer.
    mutating func reset() {
        removeFields()
        fieldError = nil
        contentLength = nil
        trailers = nil
        endCompression()
        status = .ok
    }

    mutating func removeFields() {
        fieldBytes = 0
        hasDate = false
    }
}
