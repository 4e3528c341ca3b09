internal import CMillpond
public import MillpondIO
internal import MillpondNet
public import MillpondPools

extension WebSocket {
    /// A frame up to this size is written into the outbox's own blocks in one step.
    static let smallFrame = 8 << 10

    /// Queues a message, copying its payload. Never waits. Text must be UTF-8, which is not checked.
    ///
    /// - Throws: `IOError.closed` after a close, and as `Channel.write(_:)`.
    public func send(_ payload: RawSpan, as kind: WebSocketMessageKind = .binary) throws(IOError) {
        if !state.isDisjoint(with: Self.silent) { throw .closed }
        try write(kind.opcode, payload)
    }

    /// Queues a text message. Never waits.
    ///
    /// - Throws: as ``send(_:as:)-(RawSpan,_)``.
    public func send(_ text: String) throws(IOError) {
        // Text that is not stored as UTF-8 is made so first.
        var text = text
        text.makeContiguousUTF8()
        // Sound: letters have no padding.
        try send(unsafe text.utf8Span.span.bytes, as: .text)
    }

    /// Queues a message whose payload is shared rather than copied, where it is long enough for that to pay. (A client
    /// has to mask, and copies.) Never waits.
    ///
    /// - Throws: as ``send(_:as:)-(RawSpan,_)``.
    public func send(_ payload: consuming SharedBytes, as kind: WebSocketMessageKind = .binary) throws(IOError) {
        if role == .client || payload.count <= Self.smallFrame { return try send(payload.bytes, as: kind) }
        if !state.isDisjoint(with: Self.silent) { throw .closed }
        let header = WebSocketFrameHeader(opcode: kind.opcode, payloadCount: payload.count)
        var chain = ByteChain()
        do {
            try chain.appendHead(header)
            try chain.append(payload)
        } catch { throw .bufferUnavailable(error) }
        try channel.write(chain)
    }

    /// Queues a frame that was encoded once for many connections. Servers only. Never waits.
    ///
    /// - Throws: as ``send(_:as:)-(RawSpan,_)``.
    public func send(_ frame: borrowing WebSocketFrame) throws(IOError) {
        precondition(role == .server, "a client must mask each frame anew")
        if !state.isDisjoint(with: Self.silent) { throw .closed }
        if frame.bytes.count <= 1024 {
            try channel.write(frame.bytes.bytes)
        } else {
            try channel.write(frame.bytes.clone())
        }
    }

    /// Asks the peer for a sign of life. Never waits; the answer is not reported.
    ///
    /// - Parameter payload: at most 125 bytes.
    /// - Throws: as ``send(_:as:)-(RawSpan,_)``.
    public func ping(_ payload: RawSpan = RawSpan()) throws(IOError) {
        precondition(payload.byteCount <= WebSocketFrameHeader.maximumControlPayload, "a ping has at most 125 bytes")
        if !state.isDisjoint(with: Self.silent) { throw .closed }
        try sendControl(.ping, payload)
    }

    /// Begins to close the connection: no message can follow, and what the peer still sends is dropped until it answers
    /// or the deadline for that has passed. Does nothing after the first time. An attempt of a ``WebSocketDialer`` is
    /// given up.
    ///
    /// - Parameters:
    ///   - code: one that may be sent (see ``WebSocketCloseCode/isSendable``).
    ///   - reason: cut to 123 bytes of UTF-8.
    public func close(_ code: WebSocketCloseCode = .normal, reason: String = "") {
        precondition(code.isSendable, "close code \(code.rawValue) must not be sent")
        guard channel.isOpen, !state.contains(.closeSent) else { return }
        // There is no conversation yet to be ended in order.
        if state.contains(.dialing) { return channel.close() }
        if closing == nil { closing = ClosingRecord(code, reason) }
        sendClose(code, reason)
        channel.setReadDeadline(settings.options.closeTimeout)
    }

    /// Waits until the peer has taken so much of what was queued that more is welcome.
    ///
    /// - Throws: as `Channel.flush()`.
    public func flush() async throws {
        try await channel.flush()
    }

    // MARK: Frames

    func sendClose(_ code: WebSocketCloseCode?, _ reason: String) {
        guard !state.contains(.closeSent) else { return }
        state.insert(.closeSent)
        var payload = InlineArray<125, UInt8>(repeating: 0)
        var count = 0
        if let code {
            payload[0] = UInt8(truncatingIfNeeded: code.rawValue >> 8)
            payload[1] = UInt8(truncatingIfNeeded: code.rawValue)
            count = 2
            for scalar in reason.unicodeScalars {
                let bytes = UTF8.encode(scalar)!
                if count + bytes.count > 125 { break }
                for byte in bytes {
                    payload[count] = byte
                    count += 1
                }
            }
        }
        // A connection that does not take it is over anyway. Sound: bytes have no padding.
        try? unsafe sendControl(.close, payload.span.bytes.extracting(first: count))
    }

    func sendControl(_ opcode: WebSocketOpcode, _ payload: RawSpan) throws(IOError) {
        try write(opcode, payload)
    }

    private func write(_ opcode: WebSocketOpcode, _ payload: RawSpan) throws(IOError) {
        let header = WebSocketFrameHeader(opcode: opcode, mask: nextMask(), payloadCount: payload.byteCount)
        if payload.byteCount > Self.smallFrame { return try writeLarge(header, payload) }
        try unsafe payload.withUnsafeBytes { source throws(IOError) in
            try channel.write(capacity: header.encodedCount + source.count) { output in
                header.encode(into: &output)
                unsafe output.append(source, masked: header.mask)
            }
        }
    }

    private func writeLarge(_ header: WebSocketFrameHeader, _ payload: RawSpan) throws(IOError) {
        var chain = ByteChain()
        do {
            try chain.appendHead(header)
            try unsafe payload.withUnsafeBytes { source throws(BlockPoolError) in
                try unsafe chain.append(source, masked: header.mask)
            }
        } catch { throw .bufferUnavailable(error) }
        try channel.write(chain)
    }

    /// A new key for each of a client's frames, of the system's entropy: nobody may be able to tell the next one from
    /// those before (RFC 6455, section 5.3).
    private func nextMask() -> WebSocketMask? {
        role == .client ? WebSocketMask(key: mp_random_word()) : nil
    }
}

extension OutputRawSpan {
    /// Appends bytes, masked where a mask is given. There must be room.
    mutating func append(_ source: UnsafeRawBufferPointer, masked mask: WebSocketMask?) {
        guard let from = source.baseAddress, source.count > 0 else { return }
        precondition(source.count <= freeCapacity, "no room for a payload")
        unsafe withUnsafeMutableBytes { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            unsafe (start + initialized).copyMemory(from: from, byteCount: source.count)
            if var mask { unsafe mask.apply(to: start + initialized, count: source.count) }
            initialized += source.count
        }
    }
}

extension ByteChain {
    mutating func appendHead(_ header: WebSocketFrameHeader) throws(BlockPoolError) {
        var head = InlineArray<14, UInt8>(repeating: 0)
        var span = head.mutableSpan
        try unsafe span.withUnsafeMutableBytes { buffer throws(BlockPoolError) in
            var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
            header.encode(into: &output)
            let count = unsafe output.finalize(for: buffer)
            try unsafe append(copying: RawSpan(_unsafeStart: buffer.baseAddress!, byteCount: count))
        }
    }

    /// Copies a long payload block by block, masked where a mask is given.
    mutating func append(_ source: UnsafeRawBufferPointer, masked mask: WebSocketMask?) throws(BlockPoolError) {
        var offset = 0
        var mask = mask
        while offset < source.count {
            let count = min(64 << 10, source.count - offset)
            let piece = unsafe UnsafeRawBufferPointer(rebasing: source[offset..<offset + count])
            var block = try BlockPool.shared.take(minimumCapacity: count)
            unsafe block.withUnsafeMutableBytes { target in
                unsafe target.copyMemory(from: piece)
                if let start = target.baseAddress { unsafe mask?.apply(to: start, count: count) }
            }
            try append(block.freeze(count: count))
            offset += count
        }
    }
}
