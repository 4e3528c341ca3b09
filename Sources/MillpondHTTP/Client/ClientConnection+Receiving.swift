internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// Reading a response.
extension ClientConnection {
    /// Reads heads up to that of the final response. What is interim is counted and forgotten.
    ///
    /// - Parameter stopsAtContinue: whether a 100 is what is waited for, too.
    /// - Returns: whether the final head is there.
    @discardableResult
    func awaitHead(stopsAtContinue: Bool = false) async throws -> Bool {
        var interim = 0
        while true {
            let count = try await parseHead()
            state.insert(.answered)
            if !head.status.isInformational || head.status == .switchingProtocols {
                try await beginResponse(count)
                return true
            }
            let isContinue = head.status == .continue
            // It ends with its head, whatever that announces (RFC 9112, section 6.3). Who announces it may send it.
            if head.announcesForbiddenContent { state.insert(.closing) }
            reader.consume(count)
            head.reset()
            if isContinue, stopsAtContinue { return false }
            interim += 1
            guard interim <= context.options.maximumInterim else {
                throw HTTPClientError(.tooManyInterim, .awaiting)
            }
        }
    }

    /// Waits until the server says whether it wants the content, or for so long as is worth it. True when it has given
    /// its final answer instead.
    func isRefused() async throws -> Bool {
        channel.setReadDeadline(timeouts.continueAnswer)
        do {
            return try await awaitHead(stopsAtContinue: true)
        } catch let error as IOError where error.code == .timedOut && !timer.hasFired {
            return false
        }
    }

    /// Parses until a head is whole; how long it is.
    private func parseHead() async throws -> Int {
        while true {
            switch reader.withBuffered({ bytes in head.parse(bytes, limits: context.options.head) }) {
            case .done(let consumed): return consumed
            case .bad(let error): throw error
            case .needMore: try await readMoreOfHead()
            }
        }
    }

    private func readMoreOfHead() async throws {
        if reader.bufferedCount > reader.contiguousCount {
            // The head lies across two blocks; it is parsed in one piece.
            return try await reader.peek(min(reader.bufferedCount, Self.successor(context.options.head.bytes))) { _ in }
        }
        // Without asking for a block first that is of no use yet.
        if reader.bufferedCount == 0, !channel.mayHaveInput { try await reader.source.waitUntilReadable() }
        guard try await reader.fill() else {
            throw IOError.unexpectedEnd(needed: reader.bufferedCount + 1, got: reader.bufferedCount)
        }
    }

    private func beginResponse(_ count: Int) async throws {
        state.insert(.begun)
        let framing = head.framing(for: method)
        headBytes = try await reader.takeShared(count)
        if !head.keepsAlive || head.announcesForbiddenContent { state.insert(.closing) }
        switch framing {
        case .none: body = .none
        case .length(let length): body = .length(length)
        case .chunked: body = .chunked(HTTPChunkDecoder())
        case .untilClose:
            state.insert(.closing)
            body = .untilClose
        case .tunnel:
            state.insert(.closing)
            body = .tunnel
        }
        times.answered = channel.reactor.monotonicNanoseconds
        channel.setReadDeadline(nil)
        channel.readTimeout = timeouts.bodyStall
    }

    // MARK: Content

    var hasUnreadBody: Bool { if case .none = body { false } else { true } }

    /// How much is still to come, where that is known.
    var remainingLength: Int? {
        switch body {
        case .none: 0
        case .length(let left): left
        case .chunked, .untilClose, .tunnel: nil
        }
    }

    /// Shows the next piece of content, at most `maximum` bytes, and consumes it; nil at its end.
    func readPiece<R>(upTo maximum: Int, _ show: (RawSpan) throws -> R) async throws -> R? {
        guard hasUnreadBody, let range = try await nextPiece(maximum) else { return nil }
        // Consumed also if `show` throws: the decoder has passed it.
        let shown: R
        do {
            defer { consume(range) }
            shown = try reader.withBuffered { try show($0.extracting(range)) }
        }
        try await breathe(range.count)
        return shown
    }

    /// Where the next piece lies in what is buffered; framing before it is to be consumed with it. Nil at the end.
    private func nextPiece(_ maximum: Int) async throws -> Range<Int>? {
        do {
            while true {
                if reader.bufferedCount == 0, try await !reader.fill(contiguous: false) {
                    guard case .untilClose = body else {
                        throw IOError.unexpectedEnd(needed: remainingLength ?? 1, got: 0)
                    }
                    body = .none
                    return nil
                }
                switch body {
                case .none: return nil
                case .length(let left): return 0..<min(left, maximum, reader.contiguousCount)
                case .untilClose: return 0..<min(maximum, reader.contiguousCount)
                case .tunnel: throw HTTPClientError(.notTakenOver, .receiving)
                case .chunked(let decoder):
                    if let range = try decode(decoder, maximum) { return range }
                    if case .none = body { return nil }
                }
            }
        } catch {
            state.insert(.broken)
            throw failure(error, .receiving)
        }
    }

    /// One step of a chunked body; nil when there was only framing, or the end.
    private func decode(_ before: HTTPChunkDecoder, _ maximum: Int) throws -> Range<Int>? {
        var decoder = before
        let shown = min(maximum, reader.contiguousCount)
        let event = reader.withBuffered { decoder.next($0.extracting(first: shown)) }
        let consumed: Int
        switch event {
        case .data(let range):
            body = .chunked(decoder)
            return range
        case .bad(let error): throw error
        case .needMore: consumed = shown
        case .end(let count): consumed = count
        }
        let trailer = decoder.trailerByteCount - before.trailerByteCount
        if trailer > 0 {
            reader.withBuffered { bytes in
                let lines = bytes.extracting(consumed - trailer..<consumed)
                unsafe lines.withUnsafeBytes { unsafe trailerBytes.append(contentsOf: $0) }
            }
        }
        reader.consume(consumed)
        body = decoder.isEnded ? .none : .chunked(decoder)
        return nil
    }

    private func consume(_ range: Range<Int>) {
        reader.consume(range.upperBound)
        guard case .length(let left) = body else { return }
        body = left == range.count ? .none : .length(left - range.count)
    }

    /// Takes note of content that was taken from the reader directly.
    func took(_ count: Int) {
        guard case .length(let left) = body else { return }
        body = left <= count ? .none : .length(left - count)
    }

    /// Skips what is left of the content, up to the limit, if the connection can be kept then.
    func finish() async {
        let options = context.options
        guard hasUnreadBody, state.isDisjoint(with: [.closing, .broken]) else { return }
        if let left = remainingLength, left > options.drainLimit { return }
        channel.resetReadDeadline(options.drainTimeout)
        var left = options.drainLimit
        do {
            while left >= 0, let count = try await readPiece(upTo: Self.successor(left), { $0.byteCount }) {
                left -= count
            }
        } catch {
            // The connection is closed for it; the response was read as far as anybody wanted.
            state.insert(.broken)
        }
    }

    // MARK: Errors

    /// Whether an error while a response was awaited means no more than that the server had closed the connection.
    func isUnanswered(_ error: any Error) -> Bool {
        guard !state.contains(.answered), reader.bufferedCount == 0, let error = error as? IOError else { return false }
        switch error.code {
        case .endOfStream, .unexpectedEnd, .system: return true
        case .closed: return !timer.hasFired && uploadError == nil
        default: return false
        }
    }

    /// What the caller is told of an error of the layers below.
    func failure(_ error: any Error, _ phase: HTTPClientError.Phase) -> any Error {
        if let uploadError { return HTTPClientError(.bodyFailed, .sending, cause: uploadError) }
        if timer.hasFired { return HTTPClientError(.totalTimedOut, phase, cause: error) }
        if error is HTTPMessageError { return HTTPClientError(.malformed, phase, cause: error) }
        guard let error = error as? IOError else { return error }
        switch error.code {
        case .timedOut: return HTTPClientError(.timedOut, phase, cause: error)
        case .endOfStream, .unexpectedEnd:
            let isSilent = !state.contains(.answered) && reader.bufferedCount == 0
            return HTTPClientError(isSilent ? .closedByPeer : .truncated, phase, cause: error)
        default: return HTTPClientError(.connectionLost, phase, cause: error)
        }
    }
}
