/// The receiving side of the protocol as a state machine: bytes in, events out, no I/O and no memory of its own.
///
/// ```
///              data frame, whole ──▶ message
///  ┌─────────┐ data frame, first ──▶ piece … piece(isLast) ─┐
///  │ between ├──────────────────────────────────────────────┤ control frames may come at any place between frames
///  │ frames  │◀─────────────────────────────────────────────┘
///  └─────────┘ control frame     ──▶ ping, pong, close
/// ```
///
/// The caller shows it the bytes at hand; it unmasks payloads where they lie and says which ranges they are. A message
/// that came in one piece is one event and was never moved; the pieces of others are for the caller to put together.
/// Control frames are always shown whole.
///
/// An error ends the conversation: the parser is then of no more use.
public struct WebSocketParser: Sendable {
    /// What was found. The ranges are places in the bytes that were shown, unmasked.
    public enum Event: Equatable, Sendable {
        /// The bytes that were not consumed are to be shown again, at their start, once there are at least `count`.
        case needMore(count: Int)
        /// A whole message.
        case message(WebSocketMessageKind, Range<Int>)
        /// The next bytes of a message, which may be none in its last piece.
        case piece(WebSocketMessageKind, Range<Int>, isLast: Bool)
        case ping(Range<Int>)
        case pong(Range<Int>)
        /// The peer closes. `noStatus` when it did not say why. The reason is UTF-8.
        case close(WebSocketCloseCode, reason: Range<Int>)
    }

    /// Bytes that a message may have in all its frames.
    public let maximumMessageSize: Int
    /// The side that sends what is parsed.
    public let sender: WebSocketRole
    /// The message whose frames are coming; nil between messages.
    public private(set) var openMessage: WebSocketMessageKind?
    /// Payload bytes of the current data frame that were not shown yet.
    public private(set) var payloadRemaining = 0

    private var isFinalFrame = false
    /// Between the head and the last byte of a data frame.
    private var isInFrame = false
    private var mask: WebSocketMask?
    private var validator = UTF8Validator()
    /// Bytes of the open message in the frames whose head was seen.
    private var messageCount = 0

    /// A parser for what the peer of `role` sends.
    public init(role: WebSocketRole, maximumMessageSize: Int) {
        sender = role.peer
        self.maximumMessageSize = max(0, maximumMessageSize)
    }

    /// Finds the next event in `input`, from `position` on, which moves past what was consumed.
    ///
    /// - Throws: as ``WebSocketFrameHeader/decode(_:sentBy:)``, and `unexpectedContinuation`, `expectedContinuation`,
    ///   `messageTooLarge`, `invalidUTF8`, `invalidClosePayload`, `invalidCloseCode`.
    public mutating func next(
        in input: inout MutableRawSpan, at position: inout Int
    ) throws(WebSocketError) -> Event {
        while true {
            if isInFrame { return try payload(in: &input, at: &position) }
            let decoded = try WebSocketFrameHeader.decode(
                input.bytes.extracting(droppingFirst: position), sentBy: sender)
            guard case .header(let header, let size) = decoded else {
                guard case .needMore(let count) = decoded else { fatalError("unreachable: there is no third case") }
                return .needMore(count: count)
            }
            if header.opcode.isControl {
                let needed = size &+ header.payloadCount
                if input.byteCount &- position < needed { return .needMore(count: needed) }
                position &+= needed
                return try control(header, in: &input, upTo: position)
            }
            try begin(header)
            position &+= size
            if isFinalFrame, header.opcode != .continuation, input.byteCount &- position >= header.payloadCount {
                return try whole(header, in: &input, at: &position)
            }
            // A frame of no bytes that does not end its message is no event.
            if payloadRemaining == 0, !isFinalFrame { isInFrame = false }
        }
    }

    /// Takes the next bytes of the current data frame, at most ``payloadRemaining``, where the caller has read them to
    /// their final place itself. Returns whether the message is complete.
    ///
    /// - Throws: `invalidUTF8`.
    public mutating func consume(payload bytes: inout MutableRawSpan) throws(WebSocketError) -> Bool {
        precondition(isInFrame && bytes.byteCount <= payloadRemaining, "more payload than the frame has")
        if mask != nil { mask!.apply(to: &bytes) }
        payloadRemaining &-= bytes.byteCount
        let endsMessage = payloadRemaining == 0 && isFinalFrame
        if openMessage == .text {
            if !validator.consume(bytes.bytes) { throw .invalidUTF8 }
            if endsMessage, !validator.isComplete { throw .invalidUTF8 }
        }
        if payloadRemaining == 0 { isInFrame = false }
        if endsMessage { openMessage = nil }
        return endsMessage
    }

    // MARK: Data frames

    /// Checks the head of a data frame against what came before, and enters the frame.
    private mutating func begin(_ header: WebSocketFrameHeader) throws(WebSocketError) {
        switch header.opcode {
        case .continuation:
            if openMessage == nil { throw .unexpectedContinuation }
        default:
            if openMessage != nil { throw .expectedContinuation }
            openMessage = header.opcode == .text ? .text : .binary
            validator = UTF8Validator()
            messageCount = 0
        }
        if header.payloadCount > maximumMessageSize &- messageCount { throw .messageTooLarge }
        messageCount &+= header.payloadCount
        payloadRemaining = header.payloadCount
        isFinalFrame = header.isFinal
        mask = header.mask
        isInFrame = true
    }

    /// A message of one frame that is all there.
    private mutating func whole(
        _ header: WebSocketFrameHeader, in input: inout MutableRawSpan, at position: inout Int
    ) throws(WebSocketError) -> Event {
        let range = position..<position &+ header.payloadCount
        let kind: WebSocketMessageKind = header.opcode == .text ? .text : .binary
        position = range.upperBound
        var bytes = input._mutatingExtracting(range)
        _ = try consume(payload: &bytes)
        return .message(kind, range)
    }

    /// What is there of the current frame's payload.
    private mutating func payload(
        in input: inout MutableRawSpan, at position: inout Int
    ) throws(WebSocketError) -> Event {
        let count = min(payloadRemaining, input.byteCount &- position)
        if count == 0, payloadRemaining > 0 { return .needMore(count: 1) }
        guard let kind = openMessage else { fatalError("a data frame outside of a message") }
        let range = position..<position &+ count
        position = range.upperBound
        var bytes = input._mutatingExtracting(range)
        let isLast = try consume(payload: &bytes)
        return .piece(kind, range, isLast: isLast)
    }

    // MARK: Control frames

    /// A control frame whose payload ends at `end`.
    private func control(
        _ header: WebSocketFrameHeader, in input: inout MutableRawSpan, upTo end: Int
    ) throws(WebSocketError) -> Event {
        let range = end &- header.payloadCount..<end
        if var mask = header.mask {
            var bytes = input._mutatingExtracting(range)
            mask.apply(to: &bytes)
        }
        switch header.opcode {
        case .ping: return .ping(range)
        case .pong: return .pong(range)
        default: return try close(input.bytes.extracting(range), at: range)
        }
    }

    private func close(_ payload: RawSpan, at range: Range<Int>) throws(WebSocketError) -> Event {
        if payload.byteCount == 0 { return .close(.noStatus, reason: range) }
        if payload.byteCount == 1 { throw .invalidClosePayload }
        // Sound: two bytes are there.
        let value = unsafe payload.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt16.self)
        let code = WebSocketCloseCode(rawValue: UInt16(bigEndian: value))
        if !code.isSendable { throw .invalidCloseCode }
        var validator = UTF8Validator()
        if !validator.consume(payload.extracting(droppingFirst: 2)) || !validator.isComplete { throw .invalidUTF8 }
        return .close(code, reason: range.lowerBound + 2..<range.upperBound)
    }
}
