public import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// The content of a response. What a scope leaves unread is skipped after it, or the connection closed.
extension HTTPClientResponse {
    /// Whether there is content that was not read yet.
    public var hasUnreadBody: Bool { decoder.map { !$0.isEnded } ?? connection.hasUnreadBody }
    /// How many bytes are still to come; nil where only the end will tell.
    public var remainingBodyCount: Int? { decoder == nil ? connection.remainingLength : nil }

    /// Shows the next piece of content, as it came, and consumes it. Waits for it if need be.
    ///
    /// - Returns: what `body` returned; nil when the content is over.
    /// - Throws: ``HTTPClientError`` when the connection fails or stalls, or the content is malformed, after which the
    ///   connection is closed; `CancellationError`; what `body` throws.
    public mutating func readChunk<R>(
        upTo maximum: Int = .max, _ body: (RawSpan) throws -> R
    ) async throws -> R? {
        if let decoder { return try await readDecoded(decoder, upTo: max(1, maximum), body) }
        return try await connection.readPiece(upTo: max(1, maximum), body)
    }

    /// Reads all of the content, without copying where it comes with a length.
    ///
    /// - Parameter limit: the most bytes; more throw `bodyTooLarge`.
    /// - Throws: as ``readChunk(upTo:_:)``.
    public mutating func readBody(limit: Int) async throws -> ByteChain {
        if let decoder { return try await readDecoded(decoder, limit: max(0, limit)) }
        return try await connection.readWhole(limit: max(0, limit))
    }

    /// Reads all of the content as text; what is not UTF-8 is replaced.
    ///
    /// - Throws: as ``readBody(limit:)``.
    public mutating func readText(limit: Int) async throws -> String {
        String(decoding: try await readBytes(limit: limit), as: UTF8.self)
    }

    /// Reads all of the content into an array.
    ///
    /// - Throws: as ``readBody(limit:)``.
    public mutating func readBytes(limit: Int) async throws -> [UInt8] {
        let body = try await readBody(limit: limit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count)
        body.forEachSegment { segment in unsafe segment.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// Reads all of the content, and makes a value of the whole response.
    ///
    /// - Throws: as ``readBody(limit:)``.
    public mutating func collect(limit: Int) async throws -> HTTPCollectedResponse {
        let (status, version, fields) = (self.status, self.version, self.fields)
        let body = try await readBytes(limit: limit)
        return HTTPCollectedResponse(status: status, version: version, fields: fields, body: body, trailers: trailers)
    }

    /// Reads all of the content into a writer: a file's, say. Where both ends are descriptors the kernel moves it,
    /// unless it comes in chunks; those are copied. The writer is not flushed.
    ///
    /// - Parameters:
    ///   - writer: where it goes.
    ///   - limit: the most bytes; more throw `bodyTooLarge`, after `limit` bytes were written.
    ///   - progress: told how many bytes have been written so far, after each piece of 1 MiB or less.
    /// - Returns: how many bytes were written.
    /// - Throws: as ``readChunk(upTo:_:)``; what the writer throws.
    @discardableResult
    public mutating func copyBody<Sink: ByteSink & ~Copyable>(
        to writer: inout BufferedWriter<Sink>, limit: Int = .max, progress: (Int) throws -> Void = { _ in }
    ) async throws -> Int {
        if let decoder { return try await copyDecoded(decoder, to: &writer, limit: limit, progress: progress) }
        var total = 0
        while true {
            if total >= limit {
                guard hasUnreadBody, try await readChunk(upTo: 1, { _ in }) != nil else { return total }
                throw HTTPClientError.bodyTooLarge
            }
            guard let count = try await connection.copyPiece(to: &writer, upTo: min(1 << 20, limit - total)) else {
                return total
            }
            total += count
            try progress(total)
        }
    }

    /// The fields that came after the content, once that is over; only chunked content has any.
    public var trailers: HTTPFields { connection.trailers }
}
