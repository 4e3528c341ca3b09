public import MillpondIO
public import MillpondNet
public import MillpondPools

/// The answer to a request.
///
/// Set the status and fields, then either `send` the whole content, which gives it a `Content-Length`, or `write` it
/// piece by piece. What is sent goes to the channel's outbox and leaves at the end of the reactor's turn.
///
/// The server adds `Date`, `Content-Length` or `Transfer-Encoding`, and `Connection` where it is needed. Content is
/// left out by itself where there must be none: for HEAD, 1xx, 204 and 304.
@safe
public struct HTTPResponse: ~Copyable {
    enum Phase {
        /// The head can still be changed.
        case open
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
    var hasDate = false
    var fieldError: HTTPResponseError?
    private(set) var isTouched = false

    /// The status. 200.
    public var status = HTTPStatus.ok {
        didSet { isTouched = true }
    }
    /// For content that is written piece by piece: how many bytes it will have. Nil sends it in chunks.
    public var contentLength: Int?
    /// Whether the connection is to end with this response.
    public var closesConnection = false

    init(driver: HTTPDriver) {
        self.driver = driver
    }

    /// The connection.
    public var channel: Channel { driver.channel }
    /// Whether nothing of it has been sent.
    public var isOpen: Bool { if case .open = phase { true } else { false } }
    /// Whether all of it has been sent.
    public var isFinished: Bool { if case .finished = phase { true } else { false } }

    // MARK: Sending it whole

    /// Sends the head and the whole content.
    ///
    /// - Throws: `HTTPResponseError` for a mistake in the fields, or when something was sent before; `IOError` when the
    ///   connection is gone.
    public mutating func send(_ body: RawSpan) async throws {
        if body.byteCount <= Self.pieceSize { return try sendWhole(body) }
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
        try beginWhole(count: body.count)
        if sendsBody { try channel.write(body) }
        phase = .finished
        try await relieve()
    }

    /// Sends the head and the chain's bytes without copying them.
    ///
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func send(_ body: consuming ByteChain) async throws {
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
        try beginWhole(count: body.byteCount)
        if sendsBody, !body.isEmpty { try channel.write(body) }
        phase = .finished
    }

    private mutating func beginWhole(count: Int) throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        try writeHead(framing: .length(count))
    }

    // MARK: Sending it in pieces

    /// Content is handed to the outbox in pieces of this size, so that a slow client holds back its sender.
    static var pieceSize: Int { 128 << 10 }

    /// Sends a piece of content, and the head before the first. Waits while the client is slow.
    ///
    /// - Throws: `HTTPResponseError.wrongLength` for more than `contentLength`; otherwise as ``send(_:)-(RawSpan)``.
    public mutating func write(_ piece: RawSpan) async throws {
        try beginPieces()
        var offset = 0
        while offset < piece.byteCount {
            let end = min(offset + Self.pieceSize, piece.byteCount)
            try writePiece(piece.extracting(offset..<end))
            offset = end
            try await relieve()
        }
    }

    /// Sends the text's UTF-8 as a piece of content.
    ///
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public mutating func write(_ piece: String) async throws {
        unsafe try await write(piece.utf8.span.bytes)
    }

    /// Sends a piece of content, a long one without copying it.
    ///
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public mutating func write(_ piece: consuming SharedBytes) async throws {
        try beginPieces()
        guard !piece.isEmpty, try framePiece(piece.count) else { return }
        try channel.write(piece)
        if case .chunks = phase { try channel.write("\r\n") }
        try await relieve()
    }

    /// Sends the head, and what has been written, without waiting for more content. The turn's end does it anyway; this
    /// also waits until the kernel has it.
    ///
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public mutating func flush() async throws {
        try beginPieces()
        try await channel.drain()
    }

    /// Ends the content. Called after the handler if it did not.
    ///
    /// - Throws: `HTTPResponseError.wrongLength` for less than `contentLength`.
    public mutating func finish() throws {
        switch phase {
        case .open: try sendWhole(RawSpan())
        case .chunks: try channel.write("0\r\n\r\n")
        case .length(let left) where left > 0:
            abandon()
            throw HTTPResponseError.wrongLength
        case .untilClose: driver.state.insert(.closing)
        default: break
        }
        phase = .finished
    }

    /// Sends an informational response (1xx) with the fields set so far, before the real one. Not to HTTP/1.0.
    ///
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func sendInformational(_ status: HTTPStatus) throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        precondition(status.isInformational && status != .switchingProtocols, "not an interim response")
        if driver.head.version == .http11 { try writeInterim(status) }
        removeFields()
    }

    private mutating func beginPieces() throws {
        guard isOpen else {
            if isFinished { throw HTTPResponseError.alreadySent }
            return
        }
        if let contentLength {
            try writeHead(framing: .length(contentLength))
            phase = sendsBody ? .length(contentLength) : .withoutBody
        } else if driver.head.version == .http10 {
            driver.state.insert(.closing)
            try writeHead(framing: .untilClose)
            phase = sendsBody ? .untilClose : .withoutBody
        } else {
            try writeHead(framing: .chunked)
            phase = sendsBody ? .chunks : .withoutBody
        }
    }

    private mutating func writePiece(_ piece: RawSpan) throws {
        guard try framePiece(piece.byteCount) else { return }
        try channel.write(piece)
        if case .chunks = phase { try channel.write("\r\n") }
    }

    /// What goes before a piece; false when the piece is not to be sent.
    private mutating func framePiece(_ count: Int) throws -> Bool {
        switch phase {
        case .chunks:
            try unsafe withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { buffer in
                var line = unsafe HeadWriter(buffer)
                line.append(hexadecimal: count)
                line.append("\r\n")
                try channel.write(line.bytes)
            }
        case .length(let left):
            guard count <= left else { throw HTTPResponseError.wrongLength }
            phase = .length(left - count)
        case .untilClose: break
        default: return false
        }
        return true
    }

    /// Waits while the outbox is above its high-water mark.
    private func relieve() async throws {
        if channel.queuedByteCount > driver.context.highWater { try await channel.flush() }
    }

    /// Ends the response where it is; the connection ends too, which tells the client that something is missing.
    mutating func abandon() {
        driver.state.insert(.closing)
        // Without length or chunks only a reset tells.
        if case .untilClose = phase { channel.close(.protocolError) }
        phase = .finished
    }

    /// Forgets status and fields, for an error's answer.
    mutating func reset() {
        removeFields()
        fieldError = nil
        contentLength = nil
        status = .ok
    }

    mutating func removeFields() {
        fieldBytes = 0
        hasDate = false
    }
}
