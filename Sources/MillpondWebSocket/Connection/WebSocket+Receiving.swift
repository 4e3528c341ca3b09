internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

extension WebSocket {
    /// What came of reading on.
    // Sound: whoever takes the place out says why it is still good.
    @safe
    enum Step {
        /// A message lies at the place until the input or the assembly changes.
        case message(WebSocketMessageKind, UnsafeRawBufferPointer)
        /// Nothing more to read for now.
        case blocked
        /// The conversation is over, and what there is to say was queued.
        case ended
    }

    /// Whether the beginning of a message has come, and not yet its end.
    var isInMessage: Bool { parser.openMessage != nil || !input.isEmpty }

    /// Reads and answers control frames until there is a message for the application.
    func advance(_ input: inout ReceiveBuffer, reads: inout Int) -> Step {
        do {
            while true {
                var needed = 1
                if state.contains(.awaitingEnd) { input.removeAll() }
                while !input.isEmpty, !state.contains(.awaitingEnd) {
                    let event = try input.next(&parser)
                    if case .needMore(let count) = event {
                        needed = count
                        break
                    }
                    if let step = try handle(event, input) {
                        if case .message = step { messageEnded() }
                        return step
                    }
                    // A control frame in pieces, say, when no message has begun.
                    if parser.openMessage == nil { messageEnded() }
                }
                if let step = try read(&input, needed: needed, reads: &reads) { return step }
            }
        } catch let error as WebSocketError {
            return fail(error.closeCode)
        } catch let error as BlockPoolError {
            _ = error
            return fail(.tryAgainLater)
        } catch {
            return .ended
        }
    }

    // MARK: Events

    private func handle(_ event: WebSocketParser.Event, _ input: borrowing ReceiveBuffer) throws -> Step? {
        switch event {
        case .message(let kind, let range):
            return unsafe state.contains(.closeSent) ? nil : .message(kind, input.place(range))
        case .piece(let kind, let range, let isLast):
            if state.contains(.closeSent) { return nil }
            if isLast, assembly.isEmpty { return unsafe .message(kind, input.place(range)) }
            try unsafe assembly.append(input.place(range), following: parser.payloadRemaining)
            return unsafe isLast ? .message(kind, assembly.place) : nil
        case .ping(let range):
            if !state.contains(.closeSent) {
                try unsafe sendControl(.pong, RawSpan(_unsafeBytes: input.place(range)))
            }
            return nil
        case .pong:
            return nil
        case .close(let code, let range):
            return unsafe peerCloses(code, RawSpan(_unsafeBytes: input.place(range)))
        case .needMore:
            return nil
        }
    }

    private func peerCloses(_ code: WebSocketCloseCode, _ reason: RawSpan) -> Step? {
        state.insert(.closeReceived)
        let text = unsafe reason.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        closing = ClosingRecord(code, text)
        if !state.contains(.closeSent) { sendClose(code == .noStatus ? nil : code, "") }
        return endConversation()
    }

    /// Both sides have said their last word: a server closes the connection, a client leaves that to the server for a
    /// while (RFC 6455, section 7.1.1).
    private func endConversation() -> Step? {
        if role == .server { return .ended }
        state.insert(.awaitingEnd)
        channel.setReadDeadline(settings.options.closeTimeout)
        return nil
    }

    /// Says why, and ends the connection without waiting for the peer's word.
    private func fail(_ code: WebSocketCloseCode) -> Step {
        if closing == nil { closing = ClosingRecord(code, "") }
        if !state.contains(.closeSent) { sendClose(code, "") }
        return .ended
    }

    // MARK: Reading

    /// Reads once; nil when something came.
    private func read(_ input: inout ReceiveBuffer, needed: Int, reads: inout Int) throws -> Step? {
        if reads == 0 { return .blocked }
        reads &-= 1
        var source = SocketSource(channel)
        let outcome: ReadOutcome
        var isComplete = false
        let kind = parser.openMessage
        if input.isEmpty, parser.payloadRemaining > 0, !assembly.isEmpty, !state.contains(.closeSent) {
            outcome = try assembly.fill(remaining: parser.payloadRemaining) { output in
                try source.read(into: &output)
            } parse: { bytes in
                isComplete = try parser.consume(payload: &bytes)
            }
        } else {
            outcome = try input.fill(atLeast: needed) { output in try source.read(into: &output) }
        }
        switch outcome {
        case .bytes:
            if state.contains(.awaitingPong) {
                state.remove(.awaitingPong)
                messageEnded()
            }
            guard isComplete, let kind else { return nil }
            messageEnded()
            return unsafe .message(kind, assembly.place)
        case .wouldBlock:
            waitBegins(hasLeftover: !input.isEmpty)
            return .blocked
        case .endOfStream:
            return .ended
        }
    }

    /// A message that has begun has a deadline of its own, so that a byte now and then does not keep it open.
    private func waitBegins(hasLeftover: Bool) {
        guard hasLeftover || parser.openMessage != nil else { return }
        if !channel.hasReadDeadline { setMessageDeadline(settings.options.messageTimeout) }
    }

    private func setMessageDeadline(_ timeout: Duration) {
        channel.setReadDeadline(timeout)
        messageDeadline = channel.readDeadlineMoment
    }

    /// Takes back the deadline for what has come. That of a close handshake stays, and one that the application has
    /// set.
    private func messageEnded() {
        guard messageDeadline != 0 else { return }
        if channel.readDeadlineMoment == messageDeadline { channel.setReadDeadline(nil) }
        messageDeadline = 0
    }

    // MARK: Deadlines

    /// The peer has been silent for too long; false when the connection is to be closed.
    func deadlinePassed() -> Bool {
        let isDead = state.contains(.awaitingPong)
        if !isDead, !isInMessage, settings.options.pingInterval != nil,
            state.isDisjoint(with: [.closeSent, .awaitingEnd])
        {
            sendPing()
            setMessageDeadline(settings.options.pongTimeout)
            return true
        }
        if closing == nil { closing = ClosingRecord(isInMessage ? .policyViolation : .goingAway, "timed out") }
        if !state.contains(.closeSent) { sendClose(closing?.code, "timed out") }
        return false
    }

    func sendPing() {
        state.insert(.awaitingPong)
        // A connection that is closed meanwhile will be told so.
        try? sendControl(.ping, RawSpan())
    }
}
