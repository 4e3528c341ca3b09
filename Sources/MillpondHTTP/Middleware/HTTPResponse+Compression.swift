internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// Compressing what is sent, when ``HTTPCompression`` has said so.
extension HTTPResponse {
    /// As much is compressed before others get the thread.
    private static var compressedPieceSize: Int { 64 << 10 }
    /// Less than this, compressed, waits for more.
    private static var leastPieceSize: Int { 4 << 10 }

    /// Whether the next content is to be compressed; settles it, and the fields, before the head leaves.
    ///
    /// - Parameter count: how long the content is, where that is known.
    private mutating func compresses(_ count: Int?) throws -> Bool {
        guard let compression else { return false }
        if deflater != nil { return true }
        self.compression = nil
        guard isOpen, suitsCompression else { return false }
        add(.vary, "Accept-Encoding")
        let count = count ?? contentLength ?? .max
        guard compression.isWanted, count >= compression.minimumCount, driver.head.method != .head else { return false }
        let deflater = try Deflater(.gzip, level: compression.level)
        self.compression = compression
        set(.contentEncoding, "gzip")
        weakenETag()
        remove("Accept-Ranges")
        contentLength = nil
        // From now on the fields stay as they are.
        self.deflater = consume deflater
        return true
    }

    /// Whether another client might get this content compressed.
    private var suitsCompression: Bool {
        guard !status.isBodiless, status != .partialContent, !hasField(.contentEncoding), !hasField("Content-Range"),
            let type = string(.contentType), MediaTypes.isCompressible(type), !type.hasPrefix("text/event-stream")
        else { return false }
        return string(.cacheControl)?.contains("no-transform") != true
    }

    private mutating func weakenETag() {
        guard let tag = string(.eTag), tag.hasPrefix("\"") else { return }
        set(.eTag, "W/" + tag)
    }

    /// Sends the whole content compressed; false when it is not to be.
    mutating func sendCompressed(_ content: RawSpan) throws -> Bool {
        if deflater != nil { throw HTTPResponseError.alreadySent }
        guard trailers == nil, content.byteCount <= Self.pieceSize, try compresses(content.byteCount) else {
            return false
        }
        var output = ByteChain()
        try deflater?.write(content, into: &output)
        try deflater?.finish(into: &output)
        endCompression()
        try sendWhole(output)
        return true
    }

    /// Sends the whole content compressed, piece by piece; false when it is not to be.
    mutating func sendCompressedPieces(_ content: RawSpan) async throws -> Bool {
        if deflater != nil { throw HTTPResponseError.alreadySent }
        guard try compresses(content.byteCount) else { return false }
        try await writeCompressed(content)
        try finish()
        return true
    }

    /// The same for a chain.
    mutating func sendCompressedPieces(_ content: inout ByteChain) async throws -> Bool {
        if deflater != nil { throw HTTPResponseError.alreadySent }
        guard try compresses(content.count) else { return false }
        try await writeCompressed(&content)
        try finish()
        return true
    }

    /// Sends a piece compressed; false when it is not to be.
    mutating func writeCompressedPiece(_ piece: RawSpan) async throws -> Bool {
        guard try compresses(nil) else { return false }
        try await writeCompressed(piece)
        return true
    }

    /// The same for a chain.
    mutating func writeCompressedPieces(_ content: inout ByteChain) async throws -> Bool {
        guard try compresses(nil) else { return false }
        try await writeCompressed(&content)
        return true
    }

    private mutating func writeCompressed(_ content: RawSpan) async throws {
        var offset = 0
        while offset < content.byteCount {
            let end = min(offset + Self.compressedPieceSize, content.byteCount)
            try compress(content.extracting(offset..<end))
            offset = end
            try await relieve()
            if offset < content.byteCount { await Task.yield() }
        }
    }

    private mutating func writeCompressed(_ content: inout ByteChain) async throws {
        while !content.isEmpty {
            let count = min(content.firstSegmentCount, Self.compressedPieceSize)
            var output = compressed.take() ?? ByteChain()
            try content.withFirstSegment { try deflater?.write($0.extracting(first: count), into: &output) }
            content.removeFirst(count)
            try pass(output)
            try await relieve()
            if !content.isEmpty { await Task.yield() }
        }
    }

    private mutating func compress(_ content: RawSpan) throws {
        var output = compressed.take() ?? ByteChain()
        try deflater?.write(content, into: &output)
        try pass(output)
    }

    /// Keeps what is little, and sends it with what follows.
    private mutating func pass(_ output: consuming ByteChain) throws {
        if output.count < Self.leastPieceSize { compressed = .some(output) } else { try sendPiece(output) }
    }

    /// Sends what was compressed so far.
    mutating func flushCompressed() throws {
        guard deflater != nil else { return }
        var output = compressed.take() ?? ByteChain()
        try deflater?.flush(into: &output)
        try sendPiece(output)
    }

    /// Sends the end of what is compressed: with a length, if that is all of it.
    mutating func finishCompressed() throws {
        guard deflater != nil, !isFinished else { return }
        var output = compressed.take() ?? ByteChain()
        try deflater?.finish(into: &output)
        endCompression()
        if case .open = phase, trailers == nil { try sendWhole(output) } else { try sendPiece(output) }
    }

    /// What follows is sent as it is.
    mutating func endCompression() {
        compression = nil
        deflater = nil
        compressed = nil
    }

    private mutating func sendWhole(_ output: consuming ByteChain) throws {
        try writeHead(framing: .length(output.count))
        phase = .finished
        guard sendsBody else { return }
        contentCount = output.count
        try channel.write(output)
    }

    private mutating func sendPiece(_ output: consuming ByteChain) throws {
        guard !output.isEmpty else { return }
        try beginPieces()
        guard try framePiece(output.count) else { return }
        try channel.write(output)
        if case .chunks = phase { try channel.write("\r\n") }
    }
}
