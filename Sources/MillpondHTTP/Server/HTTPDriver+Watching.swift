internal import MillpondIO
internal import MillpondNet

/// What ends a request besides its handler: the deadline, and a client that leaves.
///
/// Costs a request nothing that is answered in the turn in which it came: the deadline is set, and the client looked
/// after, when the turn ends and the handler still waits for something.
extension HTTPDriver {
    /// The turn ends and a handler is at work.
    func watchHandler() {
        if channel.isPeerClosed, !state.contains(.abandoned) { clientLeft(isBroken: false) }
        // The time for which content is awaited is not the handler's: what follows it is.
        guard state.isDisjoint(with: [.answered, .writing, .hasDeadline, .awaitsContent]), let timeout = requestTimeout
        else {
            return
        }
        state.insert(.hasDeadline)
        channel.setRunDeadline(timeout)
    }

    /// What the handler said, or else the server's option.
    private var requestTimeout: Duration? { ownTimeout ?? context.options.requestTimeout }

    /// Bounds the handler's time, from now until the head of its response leaves, by a time of its own.
    func setTimeout(_ timeout: Duration) {
        ownTimeout = timeout
        if state.contains(.hasDeadline) { channel.setRunDeadline(timeout) } else { awaitTurnEnd() }
    }

    /// Content is no longer awaited: the handler's time goes on, with what was left of it.
    func continueDeadline(_ left: Duration?) {
        if let left {
            if state.contains(.hasDeadline) { channel.setRunDeadline(left) }
        } else if !state.contains(.answered) {
            // None was set yet, or only before the turn in which the wait began had ended.
            awaitTurnEnd()
        }
    }

    /// The handler writes content of which nothing leaves yet.
    func answerBegins() {
        state.insert(.writing)
        if state.contains(.hasDeadline) {
            state.remove(.hasDeadline)
            channel.setRunDeadline(nil)
        }
    }

    /// The response's head leaves.
    ///
    /// - Parameter status: what it says; nil where the connection is given away without one.
    func beginAnswer(_ status: HTTPStatus?) {
        state.insert(.answered)
        committed = status
        if state.contains(.hasDeadline) {
            state.remove(.hasDeadline)
            channel.setRunDeadline(nil)
        }
    }

    /// The handler has not begun to answer in time.
    func answerInPlace() {
        guard state.isDisjoint(with: [.answered, .timedOut]) else { return }
        context.options.onError?(HTTPResponseError.timedOut)
        answer(status: .serviceUnavailable, text: "request timed out\n")
        state.insert(.timedOut)
        channel.closeAfterFlush()
        channel.cancelRun()
    }

    /// Cancels the handler if nobody is left to answer.
    ///
    /// A client that shuts down its sending side behind further requests wants their answers, and is served on; what is
    /// unread of this request's own content is none.
    func clientLeft(isBroken: Bool) {
        if !isBroken {
            // Whoever reads content learns of its end.
            guard context.options.cancelsOnHalfClose, !state.contains(.awaitsContent) else { return }
            let buffered = reader.bufferedCount - (pinnedHead == nil ? headCount : 0)
            if buffered + channel.unreadInputCount > (remainingLength ?? 0) {
                // Or it has gone all the same, which shows when it is asked.
                return channel.probePeer()
            }
        }
        state.insert(.abandoned)
        channel.cancelRun()
    }
}
