public import MillpondIO
internal import MillpondNet
public import MillpondPools

/// Sending content in pieces.
extension HTTPResponse {
    /// Content is handed to the outbox in pieces of this size, so that a slow client holds back its sender.
    static var pieceSize: Int { 128 << 10 }

    /// Sends a piece of content, and the head before the first. Waits while the client is slow.
    ///
    /// - Throws: `HTTPResponseError.wrongLength` for more than `contentLength`; otherwise as ``send(_:)-(RawSpan)``.
    public mutating func write(_ piece: RawSpan) async throws {
        if compression != nil, try await writeCompressedPiece(piece) { return }
        if try gather(piece) { return }
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
        if compression != nil, try await writeCompressedPiece(piece.bytes) { return }
        if try gather(piece.bytes) { return }
        var content = ByteChain()
        do { try content.append(piece) } catch { throw IOError.bufferUnavailable(error) }
        try await writePieces(content)
    }

    /// Sends a chain's bytes as content without copying them.
    ///
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public mutating func write(_ content: consuming ByteChain) async throws {
        if compression != nil, try await writeCompressedPieces(&content) { return }
        if try gather(content) { return }
        try await writePieces(content)
    }

    private mutating func writePieces(_ content: consuming ByteChain) async throws {
        try beginPieces()
        while !content.isEmpty {
            let piece = try content.takeFirst(min(content.count, Self.pieceSize))
            guard try framePiece(piece.count) else { return }
            do throws(IOError) {
                try channel.write(piece)
                if case .chunks = phase { try channel.write("\r\n") }
            } catch {
                throw pieceFailed(error)
            }
            try await relieve()
        }
    }

    /// A piece was announced and can't follow: what came next would be taken for it.
    mutating func pieceFailed(_ error: IOError) -> IOError {
        abandon()
        return error
    }

    /// Sends the head, and what has been written, without waiting for more content. The turn's end does it anyway; this
    /// also waits until the kernel has it.
    ///
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public mutating func flush() async throws {
        try flushCompressed()
        try beginPieces()
        try await channel.drain(ignoresCancellation: driver.state.contains(.abandoned))
    }

    /// Ends the content. Called after the handler if it did not.
    ///
    /// - Throws: `HTTPResponseError.wrongLength` for less than `contentLength`.
    public mutating func finish() throws {
        try finishCompressed()
        try endGathering()
        switch phase {
        case .open:
            if let contentLength, contentLength < 0 { throw HTTPResponseError.wrongLength }
            try sendWhole(RawSpan())
        case .chunks: try endChunks()
        case .length(let left) where left > 0:
            abandon()
            throw HTTPResponseError.wrongLength
        case .untilClose: driver.state.insert(.closing)
        default: break
        }
        phase = .finished
    }

    /// Sends an informational response (1xx, such as 103 with `Link`) with the fields set so far, before the real one,
    /// which does not have them. Not to HTTP/1.0. Leaves at the end of the turn.
    ///
    /// - Precondition: `status` is a 1xx other than 101, for which there is ``upgrade(to:_:)``.
    /// - Throws: as ``send(_:)-(RawSpan)``.
    public mutating func sendInformational(_ status: HTTPStatus) throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        precondition(status.isInformational && status != .switchingProtocols, "not an interim response")
        if driver.head.version == .http11 { try writeInterim(status) }
        // The client need not be told again that it may send.
        if status == .continue { driver.state.remove(.owesContinue) }
        removeFields()
    }

    /// Sends the head, and what was gathered, if that has not happened yet.
    mutating func beginPieces() throws {
        switch phase {
        case .open: break
        case .gathering: return try spillGathered()
        case .finished: throw HTTPResponseError.alreadySent
        default: return
        }
        if let contentLength, trailers == nil {
            guard contentLength >= 0 else { throw HTTPResponseError.wrongLength }
            try writeHead(framing: .length(contentLength))
        } else {
            try writeHead(framing: driver.head.version == .http10 ? .untilClose : .chunked)
        }
    }

    mutating func writePiece(_ piece: RawSpan) throws {
        guard try framePiece(piece.byteCount) else { return }
        do throws(IOError) {
            try channel.write(piece)
            if case .chunks = phase { try channel.write("\r\n") }
        } catch {
            throw pieceFailed(error)
        }
    }

    /// What goes before a piece; false when the piece is not to be sent.
    mutating func framePiece(_ count: Int) throws -> Bool {
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
        contentCount += count
        return true
    }

    /// Waits while the outbox is above its high-water mark.
    func relieve() async throws {
        guard channel.queuedByteCount > driver.context.highWater else { return }
        // A client that has shut down its side, and was taken for gone, may be waiting for the rest.
        try await channel.flush(ignoresCancellation: driver.state.contains(.abandoned))
    }
}
