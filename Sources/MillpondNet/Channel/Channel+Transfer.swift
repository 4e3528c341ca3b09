internal import Glibc
internal import MillpondIO
internal import MillpondPools

/// What the halves of a connection need to be ends of a copy: the outbox's order, the deadline and the remembered
/// readiness hold for bytes that the kernel moves by itself, too.
extension Channel {
    /// Moves bytes from `chain` to the outbox, which never holds more than its high-water mark of them.
    func queue(from chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        let mark = limits.sinkHighWater
        while !chain.isEmpty {
            if outbox.count >= mark { sendQueued() }
            let room = mark - outbox.count
            if room <= 0, isOpen { return .wouldBlock }
            var piece: ByteChain
            do throws(BlockPoolError) {
                piece = try chain.takeFirst(max(0, min(room, chain.count)))
            } catch {
                throw .bufferUnavailable(error)
            }
            try write(piece.takeAll())
        }
        return .complete
    }

    /// Suspends while the outbox is at its high-water mark, until half of it is left.
    func waitForRoom() async throws {
        sendQueued()
        if outbox.count >= limits.sinkHighWater { try await waitForOutbox(below: limits.sinkHighWater / 2) }
        if !state.isDisjoint(with: [.closed, .sendingFailed]) { throw closedError() }
    }

    /// Suspends until everything that was queued has left and the kernel is likely to take more. What is then
    /// written to the descriptor, before this task suspends again, is next in the stream.
    func waitUntilSendable(ignoresCancellation: Bool = false) async throws {
        reactor.preconditionIsCurrent()
        while true {
            sendQueued()
            guard state.isDisjoint(with: [.closed, .closeAfterFlush, .writeShutdown]) else { throw closedError() }
            if !outbox.isEmpty {
                try await waitForOutbox(below: 0, ignoresCancellation: ignoresCancellation)
            } else if state.contains(.writable) {
                return
            } else {
                // An attempt to connect has a deadline of its own.
                let isConnected = !state.contains(.connecting)
                if isConnected {
                    writeDeadline = reactor.now &+ limits.writeTimeout
                    armTimer()
                }
                // Of an empty outbox, too: a deadline that nobody waits for is not to end the connection.
                defer { if isConnected, outbox.isEmpty { writeDeadline = 0 } }
                try await waitForOutbox(below: 0, ignoresCancellation: ignoresCancellation)
            }
        }
    }

    /// A system call on the descriptor has sent nothing.
    func sendingStopped(_ code: Int32) {
        if code == EAGAIN {
            state.remove(.writable)
        } else {
            sendFailed(code)
        }
    }

    /// A system call on the descriptor has received nothing.
    func receivingStopped(_ code: Int32) {
        if code == EAGAIN { state.remove(.readable) }
    }
}
