internal import CMillpond
internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// Reading a request's content.
extension HTTPDriver {
    var hasUnreadBody: Bool {
        switch body {
        case .none: false
        default: true
        }
    }

    /// How much is still to come, where that is known.
    var remainingLength: Int? {
        switch body {
        case .none: 0
        case .length(let left): left
        case .chunked: nil
        }
    }

    /// Shows the next piece of content, at most `maximum` bytes; nil at its end.
    func readPiece<R>(upTo maximum: Int, _ show: (RawSpan) throws -> R) async throws -> R? {
        guard hasUnreadBody else { return nil }
        try checkReadable()
        if pinnedHead == nil { try await beginReading() }
        do {
            guard let range = try await nextPiece(maximum) else { return nil }
            // Whatever comes of it: the decoder has gone past the piece, and would take it for framing.
            defer {
                reader.consume(range.upperBound)
                countPiece(range.count)
            }
            return try reader.withBuffered { try show($0.extracting(range)) }
        } catch {
            if !(error is HandlerError) { state.insert(.inputBroken) }
            throw (error as? HandlerError)?.error ?? error
        }
    }

    /// Takes the next piece of content out, in the block where it lies; nil at its end.
    func takePiece() async throws -> SharedBytes? {
        guard hasUnreadBody else { return nil }
        try checkReadable()
        if pinnedHead == nil { try await beginReading() }
        do {
            guard let range = try await nextPiece(.max) else { return nil }
            reader.consume(range.lowerBound)
            let piece = try await reader.takeShared(range.count)
            countPiece(range.count)
            return piece
        } catch {
            state.insert(.inputBroken)
            throw error
        }
    }

    /// Nobody may take for whole what is read of a connection that is closing.
    private func checkReadable() throws {
        if state.contains(.timedOut) { throw HTTPResponseError.timedOut }
    }

    /// Takes the head out of the reader, and answers the client's question whether it may send. An answer that has
    /// begun is one to that question too: nothing may be written into it.
    private func beginReading() async throws {
        pinnedHead = try await reader.takeShared(headCount)
        guard state.contains(.owesContinue) else { return }
        state.remove(.owesContinue)
        if !state.contains(.answered) { try channel.write("HTTP/1.1 100 Continue\r\n\r\n") }
    }

    /// Where the next piece lies in what is buffered; framing before it is part of what is to be consumed. Nil at the
    /// end.
    private func nextPiece(_ maximum: Int) async throws -> Range<Int>? {
        while true {
            if reader.bufferedCount == 0 { try await fillContent() }
            switch body {
            case .none:
                return nil
            case .length(let left):
                return 0..<min(left, maximum, reader.contiguousCount)
            case .chunked(var decoder):
                let event = reader.withBuffered { decoder.next($0.extracting(first: min(maximum, $0.byteCount))) }
                switch event {
                case .needMore:
                    keepTrailers(decoder)
                    reader.consume(min(maximum, reader.contiguousCount))
                    body = .chunked(decoder)
                case .data(let range):
                    body = .chunked(decoder)
                    return range
                case .end(let consumed):
                    keepTrailers(decoder)
                    if let error = trailers.finish(fieldLimit: context.options.head.fieldCount) { throw error }
                    reader.consume(consumed)
                    endBody()
                    return nil
                case .bad(let error):
                    throw error
                }
            }
        }
    }

    private func keepTrailers(_ decoder: HTTPChunkDecoder) {
        let range = decoder.trailerBytes
        if !range.isEmpty { reader.withBuffered { trailers.append($0.extracting(range)) } }
    }

    private func countPiece(_ count: Int) {
        guard case .length(let left) = body else { return }
        if left == count { endBody() } else { body = .length(left - count) }
    }

    /// The content was read to its end. A client that has shut down its side behind it could not be told, until now,
    /// from one that sends more.
    private func endBody() {
        body = .none
        if channel.isPeerClosed { awaitTurnEnd() }
    }

    /// Waits for more content, as long as the client may take: `bodyTimeout`, or less where it has been slow.
    private func fillContent() async throws {
        let buffered = reader.bufferedCount
        switch try reader.tryFill(contiguous: false) {
        case .bytes:
            let received = reader.bufferedCount - buffered
            pace.record(waited: 0, received: received)
            return try await breathe(received)
        case .endOfStream: throw IOError.unexpectedEnd(needed: remainingLength ?? 1, got: 0)
        case .wouldBlock: break
        }
        let options = context.options
        guard let patience = pace.patience(rate: options.bodyRate, grace: options.bodyGrace) else {
            throw IOError.timedOut
        }
        channel.setReadDeadline(min(patience, options.bodyTimeout))
        state.insert(.awaitsContent)
        let left = channel.suspendRunDeadline()
        let start = mp_monotonic_nanoseconds()
        defer {
            state.remove(.awaitsContent)
            channel.setReadDeadline(nil)
            continueDeadline(left)
        }
        let isMore = try await reader.fill(contiguous: false)
        try checkReadable()
        pace.record(waited: mp_monotonic_nanoseconds() &- start, received: reader.bufferedCount - buffered)
        if !isMore { throw IOError.unexpectedEnd(needed: remainingLength ?? 1, got: 0) }
    }

    /// Lets others run, and hears of cancellation, after each MiB or so: while the client is faster than who reads,
    /// nothing else in the reading waits.
    private func breathe(_ count: Int) async throws {
        sinceTurn += count
        guard sinceTurn >= Self.contentPerTurn else { return }
        sinceTurn = 0
        try Task.checkCancellation()
        // As while content is waited for: nobody has left who has sent it all.
        state.insert(.awaitsContent)
        let left = channel.suspendRunDeadline()
        await Task.yield()
        state.remove(.awaitsContent)
        continueDeadline(left)
        try checkReadable()
    }

    /// Reads and forgets what is left of the content, up to the limit.
    func skipBody() async throws {
        var left = max(0, context.options.drainLimit)
        while let count = try await readPiece(upTo: Self.oneMore(than: left), { $0.byteCount }) {
            left -= count
            if left < 0 { throw HTTPMessageError.bodyTooLarge }
        }
    }

    /// All of the content, without copying where it lies in one piece already.
    func readWhole(limit: Int) async throws -> ByteChain {
        if let known = remainingLength, known > limit { throw HTTPMessageError.bodyTooLarge }
        var whole = ByteChain()
        if case .length(let left) = body {
            try checkReadable()
            if pinnedHead == nil { try await beginReading() }
            do {
                while reader.bufferedCount < left { try await fillContent() }
                whole = try await reader.take(left)
            } catch {
                state.insert(.inputBroken)
                throw error
            }
            endBody()
            return whole
        }
        while true {
            let piece: Int? = try await readPiece(upTo: Self.oneMore(than: limit - whole.count)) { bytes in
                try whole.append(copying: bytes)
                return bytes.byteCount
            }
            if piece == nil { return whole }
            if whole.count > limit || announced > limit - whole.count { throw HTTPMessageError.bodyTooLarge }
        }
    }

    /// So many bytes, and the one that is too many, where there can be one.
    private static func oneMore(than count: Int) -> Int { min(count, .max - 1) + 1 }

    /// The least that is still to come: of chunks, what is left of one that has begun.
    var announced: Int {
        switch body {
        case .none: 0
        case .length(let left): left
        case .chunked(let decoder): decoder.remaining
        }
    }

    /// Whether the bytes after this request's head are to be another protocol's: takes them out.
    func takeRest() async throws -> ByteChain {
        if pinnedHead == nil { pinnedHead = try await reader.takeShared(headCount) }
        return reader.takeBuffered()
    }
}
