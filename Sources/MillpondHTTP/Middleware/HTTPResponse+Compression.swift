internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// Compressing what is sent, when ``HTTPCompression`` has said so.
extension HTTPResponse {
    /// As much is compressed before others get the thread.
    private static var compressedPieceSize: Int { 64 << 10 }
    /// Less than this, compressed, waits for more.
    private static var leastPieceSize: Int { 4 << 10 }

    /// What becomes of the next content.
    private enum Course {
        case plain
        case compressed
        /// The head says what GET would get; there is nothing else to say.
        case headOnly
    }

    /// Settles whether the next content is to be compressed, and the fields, before the head leaves.
    ///
    /// - Parameters:
    ///   - count: how long the content is, where that is known.
    ///   - isBrief: whether it is compressed at one go.
    private mutating func course(_ count: Int?, isBrief: Bool = false) throws -> Course {
        guard let compression else { return .plain }
        if deflater != nil { return .compressed }
        self.compression = nil
        guard isOpen else { return .plain }
        if status == .notModified { adaptNotModified(compression) }
        guard suitsCompression else { return .plain }
        addVary(.acceptEncoding)
        let count = count ?? contentLength ?? .max
        guard compression.isWanted, count >= compression.minimumCount else { return .plain }
        if driver.head.method == .head {
            announceCompression()
            try writeHead(framing: .untold)
            phase = .withoutBody
            return .headOnly
        }
        // Without a slot or memory it is sent as it is.
        guard
            let deflater = try? BoundedDeflater(level: compression.level, slots: isBrief ? nil : compression.slots)
        else { return .plain }
        self.compression = compression
        announceCompression()
        // From now on the fields stay as they are.
        self.deflater = consume deflater
        return .compressed
    }

    private mutating func announceCompression() {
        set(.contentEncoding, "gzip")
        weakenETag()
        remove("Accept-Ranges")
        contentLength = nil
    }

    /// A 304 says what the 200 would have said, as far as can be told without the content.
    private mutating func adaptNotModified(_ compression: ResponseCompression) {
        guard !hasField(.contentEncoding), !forbidsTransformation, hasCompressibleType ?? true else { return }
        addVary(.acceptEncoding)
        if compression.isWanted { weakenETag() }
    }

    /// Whether another client might get this content compressed.
    private var suitsCompression: Bool {
        !status.isBodiless && status != .partialContent && !hasField(.contentEncoding) && !hasField(.contentRange)
            && hasCompressibleType == true && !forbidsTransformation
    }

    /// Nil without a type.
    private var hasCompressibleType: Bool? {
        guard let type = string(.contentType)?.lowercased() else { return nil }
        return MediaTypes.isCompressible(type) && !type.hasPrefix("text/event-stream")
    }

    private var forbidsTransformation: Bool { lists("no-transform", in: .cacheControl) }

    private mutating func weakenETag() {
        guard let tag = string(.eTag), tag.hasPrefix("\"") else { return }
        set(.eTag, "W/" + tag)
    }

    /// Sends the whole content compressed at one go; false when it is not to be.
    mutating func sendCompressed(_ content: RawSpan) throws -> Bool {
        guard try beginAtOnce(content.byteCount) else { return false }
        var output = ByteChain()
        try deflater?.stream.write(content, into: &output)
        try endAtOnce(output)
        return true
    }

    /// The same for a chain.
    mutating func sendCompressed(_ content: borrowing ByteChain) throws -> Bool {
        guard try beginAtOnce(content.count) else { return false }
        var output = ByteChain()
        try content.forEachSegment { try deflater?.stream.write($0, into: &output) }
        try endAtOnce(output)
        return true
    }

    /// Whether the whole content is to be compressed at one go; without a compressor then, only its head is sent.
    private mutating func beginAtOnce(_ count: Int) throws -> Bool {
        if deflater != nil { throw HTTPResponseError.alreadySent }
        guard trailers == nil, count <= Self.pieceSize else { return false }
        if case .plain = try course(count, isBrief: true) { return false }
        return true
    }

    private mutating func endAtOnce(_ output: consuming ByteChain) throws {
        guard deflater != nil else { return phase = .finished }
        try deflater?.stream.finish(into: &output)
        endCompression()
        try sendWhole(output)
    }

    /// Sends the whole content compressed, piece by piece; false when it is not to be.
    mutating func sendCompressedPieces(_ content: RawSpan) async throws -> Bool {
        if deflater != nil { throw HTTPResponseError.alreadySent }
        switch try course(content.byteCount) {
        case .plain: return false
        case .headOnly: break
        case .compressed: try await writeCompressed(content)
        }
        try finish()
        return true
    }

    /// The same for a chain.
    mutating func sendCompressedPieces(_ content: inout ByteChain) async throws -> Bool {
        if deflater != nil { throw HTTPResponseError.alreadySent }
        switch try course(content.count) {
        case .plain: return false
        case .headOnly: break
        case .compressed: try await writeCompressed(&content)
        }
        try finish()
        return true
    }

    /// Sends a piece compressed; false when it is not to be.
    mutating func writeCompressedPiece(_ piece: RawSpan) async throws -> Bool {
        try beginSlowPieces()
        switch try course(nil) {
        case .plain: return false
        case .headOnly: return true
        case .compressed: try await writeCompressed(piece)
        }
        return true
    }

    /// The same for a chain.
    mutating func writeCompressedPieces(_ content: inout ByteChain) async throws -> Bool {
        try beginSlowPieces()
        switch try course(nil) {
        case .plain: return false
        case .headOnly: return true
        case .compressed: try await writeCompressed(&content)
        }
        return true
    }

    /// A handler that writes has begun to answer, however little comes of it yet; the head leaves with the next piece
    /// that is written in another turn.
    private mutating func beginSlowPieces() throws {
        let now = channel.reactor.monotonicNanoseconds
        guard deflater != nil, case .open = phase else {
            compressionBegan = now
            return driver.answerBegins()
        }
        if compressionBegan != now { try beginPieces() }
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
            try content.withFirstSegment { try deflater?.stream.write($0.extracting(first: count), into: &output) }
            content.removeFirst(count)
            try pass(output)
            try await relieve()
            if !content.isEmpty { await Task.yield() }
        }
    }

    private mutating func compress(_ content: RawSpan) throws {
        var output = compressed.take() ?? ByteChain()
        try deflater?.stream.write(content, into: &output)
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
        try deflater?.stream.flush(into: &output)
        try sendPiece(output)
    }

    /// Sends the end of what is compressed: with a length, if that is all of it.
    mutating func finishCompressed() throws {
        guard deflater != nil, !isFinished else { return }
        var output = compressed.take() ?? ByteChain()
        try deflater?.stream.finish(into: &output)
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
        do throws(IOError) {
            try channel.write(output)
            if case .chunks = phase { try channel.write("\r\n") }
        } catch {
            throw pieceFailed(error)
        }
    }
}
