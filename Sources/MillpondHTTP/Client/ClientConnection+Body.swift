internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// A response's content as a whole, and what follows it.
extension ClientConnection {
    /// All of the content, without copying where it lies in one piece already.
    func readWhole(limit: Int) async throws -> ByteChain {
        if let known = remainingLength, known > limit { throw HTTPClientError.bodyTooLarge }
        if case .length(let left) = body, left <= Self.turnSize { return try await take(left) }
        var whole = ByteChain()
        while case .length(let left) = body { try whole.append(try await take(min(left, Self.turnSize))) }
        while true {
            let piece: Int? = try await readPiece(upTo: Self.successor(limit - whole.count)) { bytes in
                try whole.append(copying: bytes)
                return bytes.byteCount
            }
            if piece == nil { return whole }
            if whole.count > limit { throw HTTPClientError.bodyTooLarge }
        }
    }

    private func take(_ count: Int) async throws -> ByteChain {
        do {
            let whole = try await reader.take(count)
            took(count)
            try await breathe(count)
            return whole
        } catch {
            state.insert(.broken)
            throw failure(error, .receiving)
        }
    }

    /// One more, where there is one.
    static func successor(_ count: Int) -> Int { count == .max ? count : count + 1 }

    /// How much content is read before others on the reactor have their turn.
    private static var turnSize: Int { 1 << 20 }

    /// Lets others run, and hears of cancellation, after each MiB or so: while the server is faster than who reads,
    /// nothing else in the reading waits.
    func breathe(_ count: Int) async throws {
        sinceTurn += count
        guard sinceTurn >= Self.turnSize else { return }
        sinceTurn = 0
        try Task.checkCancellation()
        await Task.yield()
    }

    /// Moves the next bytes of content, at most `maximum`, to a writer; nil at the end.
    func copyPiece<Sink: ByteSink & ~Copyable>(
        to writer: inout BufferedWriter<Sink>, upTo maximum: Int
    ) async throws -> Int? {
        guard maximum > 0 else { return nil }
        switch body {
        case .none: return nil
        case .length(let left): return try await copy(min(left, maximum), to: &writer, isBounded: true)
        case .untilClose: return try await copy(maximum, to: &writer, isBounded: false)
        case .chunked, .tunnel:
            var piece: SharedBytes?
            let count: Int? = try await readPiece(upTo: maximum) { bytes in
                piece = try SharedBytes(copying: bytes)
                return bytes.byteCount
            }
            if let piece = piece.take() { try await writer.write(piece) }
            return count
        }
    }

    private func copy<Sink: ByteSink & ~Copyable>(
        _ count: Int, to writer: inout BufferedWriter<Sink>, isBounded: Bool
    ) async throws -> Int? {
        var total = 0
        do {
            try await MillpondIO.copy(from: &reader, to: &writer, limit: count, counting: &total)
        } catch {
            state.insert(.broken)
            throw writer.error == nil ? failure(error, .receiving) : error
        }
        took(total)
        try await breathe(total)
        if total == count { return total }
        if isBounded {
            state.insert(.broken)
            throw failure(IOError.unexpectedEnd(needed: count, got: total), .receiving)
        }
        body = .none
        return total > 0 ? total : nil
    }

    /// The fields of the trailer section; empty before the content is over.
    var trailers: HTTPFields {
        var fields = HTTPFields()
        guard !trailerBytes.isEmpty, case .none = body else { return fields }
        // Sound: offsets stay below the count. The decoder has checked the syntax.
        unsafe trailerBytes.withUnsafeBytes { buffer in
            guard let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            var start = 0
            var entry = HTTPFieldTable.Entry()
            while case .next(let end) = unsafe HTTPFieldSyntax.scanLine(base, start, buffer.count, &entry) {
                let name = unsafe base + Int(entry.nameStart)
                let value = unsafe base + Int(entry.valueStart)
                fields.add(
                    nameBytes: unsafe RawSpan(_unsafeStart: name, byteCount: Int(entry.nameCount)),
                    unsafe RawSpan(_unsafeStart: value, byteCount: Int(entry.valueCount)))
                start = end
            }
        }
        return fields
    }

    func takeOver() throws -> HTTPTunnel {
        guard case .tunnel = body, !state.contains(.takenOver) else {
            throw HTTPClientError(.notTakenOver, .receiving)
        }
        state.insert(.takenOver)
        timer.remove()
        channel.endAfterReset()
        channel.readTimeout = context.options.channel.readTimeout
        return HTTPTunnel(channel: channel, rest: reader.takeBuffered())
    }
}
