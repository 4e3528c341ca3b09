internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// A client that speaks KIM's TCP framing: an opcode, four bytes of length, a packet.
final class StreamConnection: ConnectionDriver {
    /// What a frame's head says, or that there is not enough of it.
    private enum Step {
        case needMore
        case packet(count: Int)
        case ping(count: Int)
        case pong(count: Int)
        case close
        case invalid(StaticString)
    }

    /// Bytes that a control frame may carry.
    private static let controlLimit = 1024
    private static let headCount = 5
    /// Packets handled in one run; then others have their turn.
    private static let readsPerRun = 32

    private let session: StreamSession
    @safe @exclusivity(unchecked) private var reader: BufferedReader<SocketSource>?
    @safe @exclusivity(unchecked) private var hasFrameDeadline = false

    init(channel: Channel, gateway: ChatGateway) {
        session = StreamSession(gateway: gateway, channel: channel)
        reader = BufferedReader(SocketSource(channel))
        super.init(channel: channel)
        channel.readTimeout = gateway.options.idleTimeout
    }

    override func closed(_ reason: CloseReason) {
        session.ended()
        reader = nil
    }

    override func drain() { session.drain() }

    override func run() async -> Next {
        guard var reader = reader.take() else { return .close }
        let next = await serve(&reader)
        self.reader = consume reader
        return next
    }

    private func serve(_ reader: inout BufferedReader<SocketSource>) async -> Next {
        var reads = Self.readsPerRun
        while session.isOpen {
            do {
                if let next = try await handleBuffered(&reader) { return next }
                if reads == 0 { return park(reader) }
                reads -= 1
                switch try reader.tryFill(contiguous: true) {
                case .bytes: continue
                case .wouldBlock: return park(reader)
                case .endOfStream:
                    // What it was promised before it closed its side is still sent.
                    await session.wait(forInFlight: 0)
                    return .close
                }
            } catch {
                return .close
            }
        }
        return .close
    }

    private func park(_ reader: borrowing BufferedReader<SocketSource>) -> Next {
        if reader.bufferedCount > 0, !channel.hasReadDeadline {
            hasFrameDeadline = true
            channel.setReadDeadline(session.gateway.options.frameTimeout)
        }
        return .park
    }

    /// Handles every whole frame; nil when more must be read.
    private func handleBuffered(_ reader: inout BufferedReader<SocketSource>) async throws -> Next? {
        while session.isOpen {
            let step = reader.withBuffered { Self.step($0) }
            switch step {
            case .needMore: return nil
            case .packet(let count):
                let outcome = reader.withBuffered { session.receiveNow(Self.payload($0, count)) }
                if case .later = outcome {
                    // The rare way: a copy, so that no view of the reader's is held while waiting.
                    let copy = try reader.withBuffered { try SharedBytes(copying: Self.payload($0, count)) }
                    reader.consume(Self.headCount + count)
                    if let next = finish(await session.receive(copy.bytes)) { return next }
                } else {
                    reader.consume(Self.headCount + count)
                    if let next = finish(outcome) { return next }
                }
            case .ping(let count):
                reader.withBuffered { session.sendControl(.pong, Self.payload($0, count)) }
                reader.consume(Self.headCount + count)
                if let next = finish(session.outcomeInGrace()) { return next }
            case .pong(let count):
                reader.consume(Self.headCount + count)
                if let next = finish(session.outcomeInGrace()) { return next }
            case .close:
                await session.wait(forInFlight: 0)
                session.close(reason: "")
                return .close
            case .invalid(let reason):
                await session.wait(forInFlight: 0)
                session.close(reason: reason)
                return .close
            }
            if hasFrameDeadline {
                hasFrameDeadline = false
                // A session that was kicked out has another one by now.
                if !session.state.contains(.kickedOut) { channel.setReadDeadline(nil) }
            }
        }
        return .close
    }

    private func finish(_ outcome: ChatSession.Outcome) -> Next? {
        guard case .end(let reason) = outcome else { return nil }
        session.close(reason: reason)
        return .close
    }

    private static func step(_ bytes: RawSpan) -> Step {
        guard bytes.byteCount >= headCount else { return .needMore }
        let count = Int(bytes.bigEndian(at: 1))
        guard let opcode = StreamOpcode(rawValue: bytes.byte(0)) else { return .invalid("unknown opcode") }
        switch opcode {
        case .binary, .text: if count > ChatLimits.packet { return .invalid("the packet is too long") }
        case .ping, .pong, .close: if count > controlLimit { return .invalid("the control frame is too long") }
        }
        guard bytes.byteCount >= headCount + count else { return .needMore }
        switch opcode {
        case .binary, .text: return .packet(count: count)
        case .ping: return .ping(count: count)
        case .pong: return .pong(count: count)
        case .close: return .close
        }
    }

    @_lifetime(copy bytes)
    private static func payload(_ bytes: RawSpan, _ count: Int) -> RawSpan {
        bytes.extracting(headCount..<headCount + count)
    }
}

/// The session of a client on KIM's TCP framing.
// Sound: as for its superclass, used on its reactor only.
final class StreamSession: ChatSession, @unchecked Sendable {
    @safe @exclusivity(unchecked) private var isClosing = false

    init(gateway: ChatGateway, channel: Channel) {
        super.init(gateway: gateway, channel: channel, style: .stream)
    }

    override var isOpen: Bool { !isClosing && super.isOpen }

    /// Says why; the connection then closes when its driver's run ends.
    override func close(reason: StaticString) {
        guard isOpen else { return }
        unsafe sendControl(.close, RawSpan(_unsafeBytes: reason.bytes))
        isClosing = true
    }

    override func goAway() {
        close(reason: "the server is going down")
        if channel.isParked { channel.closeAfterFlush() }
    }

    func sendControl(_ opcode: StreamOpcode, _ payload: RawSpan) {
        guard isOpen else { return }
        try? channel.write(capacity: 5 + payload.byteCount) { output in
            output.put(opcode.rawValue)
            output.put(bigEndian: UInt32(payload.byteCount))
            output.put(payload)
        }
    }
}
