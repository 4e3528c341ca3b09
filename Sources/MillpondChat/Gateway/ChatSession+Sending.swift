internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

extension StaticString {
    /// The literal's bytes, which live for ever.
    var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
    }
}

extension ChatSession {
    /// Bytes of a packet that is written in place, which takes one block.
    private static let inPlaceLimit = 64 << 10

    /// Writes a packet in its frame straight into the connection's outbox. What can't be sent is dropped: the
    /// connection is then closing.
    final func send(count: Int, _ encode: (inout OutputRawSpan) -> Void) {
        guard isOpen else { return }
        let style = self.style
        let total = style.headCount(payload: count) + count
        gateway.counters.sent(total)
        try? channel.write(capacity: total) { output in
            style.encodeHead(payload: count, into: &output)
            encode(&output)
        }
    }

    /// Sends a frame that was made for several.
    final func send(frame: consuming SharedBytes) {
        guard isOpen else { return }
        gateway.counters.sent(frame.count)
        // What the outbox refuses, its policy has dealt with.
        try? channel.write(frame)
    }

    /// There was no memory for something that it was to get. Its connection ends, so that it comes back and asks for
    /// what it has missed.
    final func missed() { channel.close(.outboxOverflow) }

    final func send(_ head: PacketHead, body: [UInt8]) {
        let count = head.packetCount(body: body.count)
        if count > Self.inPlaceLimit { return sendLong(head, body, count: count) }
        send(count: count) { output in
            head.encode(bodyCount: body.count, into: &output)
            unsafe body.withUnsafeBytes { unsafe output.put(RawSpan(_unsafeBytes: $0)) }
        }
    }

    /// Sends a packet that need not fit a block: as a chain, so that all of it is queued or nothing.
    private func sendLong(_ head: PacketHead, _ body: [UInt8], count: Int) {
        guard isOpen else { return }
        let style = self.style
        let headCount = style.headCount(payload: count) + count - body.count
        gateway.counters.sent(headCount + body.count)
        do {
            var chain = ByteChain()
            try chain.withTailRoom(minimum: headCount, preferred: Self.inPlaceLimit) { output in
                style.encodeHead(payload: count, into: &output)
                head.encode(bodyCount: body.count, into: &output)
            }
            try unsafe body.withUnsafeBytes { try chain.append(copying: unsafe RawSpan(_unsafeBytes: $0)) }
            try channel.write(chain)
        } catch {
            // Without memory for its answer, a client would wait for ever.
            channel.close()
        }
    }

    final func respond(to logic: LogicPacket, _ bytes: RawSpan, _ status: ChatStatus, body: [UInt8] = []) {
        gateway.counters.answered(status)
        send(PacketHead(of: logic, in: bytes, flag: .response, status: status), body: body)
    }

    final func respond(to logic: LogicPacket, _ bytes: RawSpan, _ status: ChatStatus, error: String) {
        var body = ProtobufBuilder()
        body.field(1, error)
        respond(to: logic, bytes, status, body: body.bytes)
    }

    final func respond(to logic: LogicPacket, _ bytes: RawSpan, failure: StoreError) {
        gateway.report(failure)
        respond(to: logic, bytes, .systemException, error: failure.reason)
    }

    final func sendPong() {
        send(count: 8) { output in
            output.put(bigEndian: Packet.basicMagic)
            output.put(bigEndian: 2 << 16)
        }
    }
}
