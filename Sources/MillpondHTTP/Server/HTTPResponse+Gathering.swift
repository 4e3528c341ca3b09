internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// Small content that is written in pieces gets a `Content-Length` if it is whole when the turn ends.
///
/// The block is pooled and the copy short, so this allocates nothing and costs less than the chunks would.
extension HTTPResponse {
    /// Takes a piece into the block; false when it has to be sent.
    mutating func gather(_ piece: RawSpan) throws -> Bool {
        switch phase {
        case .open:
            guard canGather(piece.byteCount), try beginGathering() else { return false }
        case .gathering: noticeTurnEnd()
        default: return false
        }
        guard driver.gathered?.append(piece) ?? false else { return false }
        if sendsBody { contentCount += piece.byteCount }
        return true
    }

    /// Takes a chain's bytes into the block; false, with none of them taken, when it has to be sent.
    mutating func gather(_ content: borrowing ByteChain) throws -> Bool {
        switch phase {
        case .open: guard canGather(content.count) else { return false }
        case .gathering: guard driver.gathered?.hasRoom(content.count) ?? false else { return false }
        default: return false
        }
        if content.isEmpty { return try gather(RawSpan()) }
        var isGathered = true
        try content.forEachSegment { segment in
            // Only the first can fail: for want of a block.
            if isGathered { isGathered = try gather(segment) }
        }
        return isGathered
    }

    /// Whether the head and so much content have room in a block, and may wait there.
    private func canGather(_ count: Int) -> Bool {
        contentLength == nil && trailers == nil && !status.isBodiless
            && count <= GatheredResponse.blockSize - headSize
    }

    private mutating func beginGathering() throws -> Bool {
        try checkHead()
        guard var block = try? BlockPool.shared.take(minimumCapacity: GatheredResponse.blockSize) else { return false }
        if closesConnection { driver.state.insert(.closing) }
        let headCount = unsafe block.withUnsafeMutableBytes { buffer in
            var head = unsafe HeadWriter(buffer)
            head.append(status)
            appendFields(to: &head)
            return head.count
        }
        driver.gathered = GatheredResponse(
            block: block, status: status, headCount: headCount, count: headCount,
            sendsBody: driver.head.method != .head)
        // The fields stay: an error may yet take the content back.
        phase = .gathering
        driver.awaitTurnEnd()
        return true
    }

    /// The phase that the turn's end leaves behind.
    private mutating func noticeTurnEnd() {
        guard case .gathering = phase, driver.gathered == nil else { return }
        phase = !sendsBody ? .withoutBody : driver.head.version == .http10 ? .untilClose : .chunks
    }

    /// Sends what was gathered as the first piece of more.
    mutating func spillGathered() throws {
        try driver.commitGathered(asWhole: false)
        noticeTurnEnd()
    }

    /// Sends what was gathered as the whole content.
    mutating func endGathering() throws {
        noticeTurnEnd()
        guard case .gathering = phase else { return }
        phase = .finished
        try driver.commitGathered(asWhole: true)
    }

    /// Forgets what was gathered, if it has not been sent.
    mutating func takeBackGathered() {
        if case .open = phase { endCompression() }
        noticeTurnEnd()
        guard case .gathering = phase else { return }
        driver.gathered = nil
        phase = .open
    }
}

extension GatheredResponse {
    /// Queues it.
    borrowing func send(by driver: HTTPDriver, asWhole: Bool) throws {
        let contentCount = count - headCount
        let sentCount = sendsBody ? contentCount : 0
        let framing: HTTPResponse.Framing =
            asWhole ? .length(contentCount) : driver.head.version == .http10 ? .untilClose : .chunked
        try driver.channel.write(block.bytes.extracting(first: headCount))
        try driver.writeFraming(framing, firstChunk: sentCount)
        driver.beginAnswer(status)
        guard sentCount > 0 else { return }
        try driver.channel.write(block.bytes.extracting(headCount..<count))
        if case .chunked = framing { try driver.channel.write("\r\n") }
    }
}

extension HTTPDriver {
    /// Queues what a response has gathered.
    // In place: what is taken out and unwrapped goes by way of the heap.
    func commitGathered(asWhole: Bool) throws {
        defer { gathered = nil }
        if state.contains(.timedOut) { throw HTTPResponseError.timedOut }
        do {
            try gathered?.send(by: self, asWhole: asWhole)
        } catch {
            // There may be half a head in the outbox, behind which nothing makes sense.
            channel.close(.protocolError)
            throw error
        }
    }

    /// The rest of a head that was gathered, and the size of a first chunk that is not empty.
    fileprivate func writeFraming(_ framing: HTTPResponse.Framing, firstChunk count: Int) throws {
        try unsafe withUnsafeTemporaryAllocation(byteCount: 192, alignment: 16) { buffer in
            var line = unsafe HeadWriter(buffer)
            appendFraming(framing, isBodiless: false, trailers: nil, to: &line)
            line.append("\r\n")
            if case .chunked = framing, count > 0 {
                line.append(hexadecimal: count)
                line.append("\r\n")
            }
            try channel.write(line.bytes)
        }
    }

    /// How the content ends, and whether the connection does.
    func appendFraming(
        _ framing: HTTPResponse.Framing, isBodiless: Bool, trailers: ResponseTrailers?, to head: inout HeadWriter
    ) {
        if case .untilClose = framing {
            state.insert(.closing)
            if !isBodiless, self.head.method != .head { channel.endMarksContent() }
        }
        let keepsAlive = willKeepAlive
        if !keepsAlive { state.insert(.closing) }
        switch framing {
        case .length(let count) where !isBodiless:
            head.append("Content-Length: ")
            head.append(decimal: count)
            head.append("\r\n")
        case .chunked where !isBodiless:
            head.append("Transfer-Encoding: chunked\r\n")
            trailers?.announce(in: &head)
        default: break
        }
        if !keepsAlive {
            head.append("Connection: close\r\n")
        } else if self.head.version == .http10 {
            head.append("Connection: keep-alive\r\n")
        }
    }
}
