internal import MillpondIO
internal import MillpondPools

/// Compressed content, for a request that accepts such.
extension HTTPClientResponse {
    /// Whether the content is compressed on its way and decompressed when read: `Content-Encoding` and
    /// `Content-Length` then speak of what is sent, not of what is read. Content of a coding that was not asked for is
    /// handed on as it comes.
    public var isDecompressed: Bool { decoder != nil }

    /// Looks at the coding of the content.
    mutating func beginDecoding(limits: InflateLimits) throws {
        guard connection.hasUnreadBody, status != .partialContent, status != .switchingProtocols,
            let index = connection.head.index(of: .contentEncoding, in: head),
            connection.head.index(of: .contentEncoding, from: index + 1, in: head) == nil,
            let format = ContentDecoder.format(String(bytes: connection.head.value(at: index, in: head)))
        else { return }
        decoder = try Self.wrapping { try ContentDecoder(format, limits: limits) }
    }

    /// As ``readChunk(upTo:_:)``.
    mutating func readDecoded<R>(
        _ decoder: ContentDecoder, upTo maximum: Int, _ body: (RawSpan) throws -> R
    ) async throws -> R? {
        guard try await fill(decoder) else { return nil }
        return try decoder.show(upTo: maximum, body)
    }

    /// As ``readBody(limit:)``.
    mutating func readDecoded(_ decoder: ContentDecoder, limit: Int) async throws -> ByteChain {
        var whole = ByteChain()
        while try await fill(decoder) {
            if whole.count + decoder.count > limit { throw HTTPClientError.bodyTooLarge }
            try whole.append(decoder.takeOutput(upTo: .max))
        }
        return whole
    }

    /// As ``copyBody(to:limit:progress:)``.
    mutating func copyDecoded<Sink: ByteSink & ~Copyable>(
        _ decoder: ContentDecoder, to writer: inout BufferedWriter<Sink>, limit: Int,
        progress: (Int) throws -> Void
    ) async throws -> Int {
        var total = 0
        while try await fill(decoder) {
            if total == limit { throw HTTPClientError.bodyTooLarge }
            let piece = try decoder.takeOutput(upTo: limit - total)
            total += piece.count
            try await writer.write(piece)
            try progress(total)
        }
        return total
    }

    /// Sees to it that there are decompressed bytes; false at the end of the content.
    private func fill(_ decoder: ContentDecoder) async throws -> Bool {
        while decoder.count == 0 {
            if decoder.hasTakenAll { return false }
            if try Self.wrapping({ try decoder.advance() }) {
                // What is decompressed counts, not only what comes.
                try await connection.breathe(max(1, decoder.count))
                continue
            }
            let isMore: Bool? = try await connection.readPiece(upTo: ContentDecoder.inputSize) { bytes in
                try Self.wrapping { try decoder.take(bytes) }
                return true
            }
            if isMore == nil { try Self.wrapping { try decoder.finish() } }
        }
        return true
    }

    /// Says of an error that it was the content's.
    private static func wrapping<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as CompressionError {
            switch error.code {
            case .outputLimit, .ratioLimit: throw HTTPClientError(.bodyTooLarge, .receiving, cause: error)
            default: throw HTTPClientError(.undecodable, .receiving, cause: error)
            }
        }
    }
}
