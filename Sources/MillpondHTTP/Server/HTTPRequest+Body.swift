public import MillpondIO

/// The content of a request. What a handler leaves unread is skipped after it, or the connection closed.
extension HTTPRequest {
    /// Whether there is content that was not read yet.
    public var hasUnreadBody: Bool { driver.hasUnreadBody }
    /// How many bytes are still to come; nil where only the end will tell.
    public var remainingBodyCount: Int? { driver.remainingLength }

    /// Shows the next piece of content, as it came, and consumes it, also when `body` throws. Waits for it if need be.
    ///
    /// - Returns: what `body` returned; nil when the content is over.
    /// - Throws: `IOError` when the connection fails or the client is too slow, `HTTPMessageError` when the content is
    ///   malformed; after either the connection is closed. What `body` throws.
    public mutating func readChunk<R>(
        upTo maximum: Int = .max, _ body: (RawSpan) throws -> R
    ) async throws -> R? {
        try await driver.readPiece(upTo: max(1, maximum)) { bytes in
            do { return try body(bytes) } catch { throw HandlerError(error: error) }
        }
    }

    /// Reads all of the content, without copying where it comes with a length.
    ///
    /// - Parameter limit: the most bytes; nil for the server's `bodyLimit`.
    /// - Throws: as ``readChunk(upTo:_:)``; `HTTPMessageError.bodyTooLarge` beyond the limit, which a handler that does
    ///   not catch it answers with 413.
    public mutating func readBody(limit: Int? = nil) async throws -> ByteChain {
        try await driver.readWhole(limit: max(0, limit ?? driver.context.options.bodyLimit))
    }

    /// Reads all of the content as text; what is not UTF-8 is replaced.
    ///
    /// - Throws: as ``readBody(limit:)``.
    public mutating func readText(limit: Int? = nil) async throws -> String {
        let body = try await readBody(limit: limit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count)
        body.forEachSegment { segment in unsafe segment.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
        return String(decoding: bytes, as: UTF8.self)
    }
}
