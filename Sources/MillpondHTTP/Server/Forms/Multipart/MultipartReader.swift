public import MillpondIO
public import MillpondPools

/// Reads `multipart/form-data` part by part, as it comes; see ``HTTPRequest/readMultipart(limits:_:)``.
///
/// Nothing is kept but a part's header: the views show content in the blocks it was read into. What of a part is not
/// read is skipped by the next ``nextPart()``. An error ends the form: it is thrown again from then on.
@safe
public struct MultipartReader: ~Copyable {
    // Sound: the driver outlives the call of the handler, and the reader the closure it is given to, which is within.
    @safe unowned(unsafe) private let driver: HTTPDriver
    private var parser: MultipartParser
    private var piece = SharedBytes()
    private let limits: MultipartLimits
    private var byteCount = 0
    private var partCount = 0
    private var isInPart = false
    private var failure: HTTPFormError?

    init(driver: HTTPDriver, boundary: [UInt8], limits: MultipartLimits) throws(HTTPFormError) {
        self.driver = driver
        parser = try MultipartParser(boundary: boundary, headerLimit: limits.headerBytes)
        self.limits = limits
    }

    /// The next part; nil when there is none. What is left of the one before is skipped.
    ///
    /// - Throws: ``HTTPFormError`` for malformed content or more than the limits allow, which a handler that does not
    ///   catch it answers with 400 or 413; `IOError` and `HTTPMessageError` as of ``HTTPRequest/readBody(limit:)``.
    public mutating func nextPart() async throws -> MultipartPart? {
        while isInPart {
            if case .piece(let range) = try await nextContent() { piece.removeFirst(range.upperBound) }
        }
        while true {
            switch try await nextEvent() {
            case .part(let consumed):
                piece.removeFirst(consumed)
                guard partCount < limits.parts else { throw fail(.tooManyFields) }
                partCount += 1
                isInPart = true
                return parser.part
            case .end: return nil
            default: continue
            }
        }
    }

    /// Shows the next piece of the part's content, as it came, and consumes it.
    ///
    /// - Returns: what `body` returned; nil when the part is over, and before the first.
    /// - Throws: as ``nextPart()``; what `body` throws.
    public mutating func readChunk<R>(_ body: (RawSpan) throws -> R) async throws -> R? {
        switch try await nextContent() {
        case .none: return nil
        case .held(let range):
            // Sound: bytes have no padding.
            return try body(unsafe parser.delimiter.span.bytes.extracting(range))
        case .piece(let range):
            defer { piece.removeFirst(range.upperBound) }
            return try body(piece.bytes.extracting(range))
        }
    }

    /// Takes the next piece of the part's content out, where it lies: to be kept, or sent elsewhere.
    ///
    /// - Returns: nil when the part is over, and before the first.
    /// - Throws: as ``nextPart()``; `BlockPoolError`.
    public mutating func takeChunk() async throws -> SharedBytes? {
        switch try await nextContent() {
        case .none: return nil
        case .held(let range):
            // Sound: bytes have no padding.
            return try SharedBytes(copying: unsafe parser.delimiter.span.bytes.extracting(range))
        case .piece(let range):
            let chunk = piece.slice(range)
            piece.removeFirst(range.upperBound)
            return chunk
        }
    }

    /// Reads all that is left of the part.
    ///
    /// - Parameter limit: the most bytes. 1 MiB.
    /// - Throws: ``HTTPFormError/partTooLarge`` beyond the limit; otherwise as ``nextPart()``.
    public mutating func readContent(limit: Int = 1 << 20) async throws -> ByteChain {
        var content = ByteChain()
        while try await appendContent(to: &content, limit: limit) {}
        return content
    }

    /// Adds the next piece of content without copying it; false at the part's end.
    ///
    /// - Throws: ``HTTPFormError/partTooLarge`` when there are more bytes than `limit` then.
    mutating func appendContent(to content: inout ByteChain, limit: Int) async throws -> Bool {
        switch try await nextContent() {
        case .none: return false
        case .held(let range):
            guard content.count + range.count <= limit else { throw fail(.partTooLarge) }
            // Sound: bytes have no padding.
            try content.append(copying: unsafe parser.delimiter.span.bytes.extracting(range))
        case .piece(let range):
            guard content.count + range.count <= limit else { throw fail(.partTooLarge) }
            try content.append(piece.slice(range))
            piece.removeFirst(range.upperBound)
        }
        return true
    }

    /// Reads all that is left of the part as text.
    ///
    /// - Throws: ``HTTPFormError/encoding`` when it is not UTF-8; otherwise as ``readContent(limit:)``.
    public mutating func readText(limit: Int = 1 << 20) async throws -> String {
        let content = try await readContent(limit: limit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count)
        content.forEachSegment { segment in unsafe segment.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw fail(.encoding) }
        return text
    }

    private enum Content {
        case none
        /// These bytes of the delimiter.
        case held(Range<Int>)
        /// These bytes of the piece, which the caller is to consume.
        case piece(Range<Int>)
    }

    /// The next content of the part.
    private mutating func nextContent() async throws -> Content {
        while isInPart {
            switch try await nextEvent() {
            case .content(let range): return .piece(range)
            case .heldContent(let range): return .held(range)
            case .partEnd(let consumed):
                piece.removeFirst(consumed)
                isInPart = false
            default: continue
            }
        }
        return .none
    }

    private mutating func nextEvent() async throws -> MultipartParser.Event {
        if let failure { throw failure }
        while true {
            while piece.isEmpty {
                if parser.isEnded { return .end }
                guard let next = try await driver.takePiece() else { throw fail(.truncated) }
                byteCount += next.count
                if byteCount > limits.bytes { throw fail(.tooLarge) }
                piece = next
            }
            let event = Self.advance(&parser, piece)
            switch event {
            case .needMore: piece = SharedBytes()
            case .bad(let error): throw fail(error)
            default: return event
            }
        }
    }

    private static func advance(
        _ parser: inout MultipartParser, _ piece: borrowing SharedBytes
    ) -> MultipartParser.Event {
        parser.next(piece.bytes)
    }

    private mutating func fail(_ error: HTTPFormError) -> HTTPFormError {
        failure = error
        return error
    }
}
