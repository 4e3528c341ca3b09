internal import CMillpond
internal import Glibc
internal import MillpondIO

extension Channel {
    /// From now on the end of what is sent is the connection's. An end before all of it has left is a reset, by which
    /// the peer can tell.
    package func endMarksContent() { state.insert(.incomplete) }

    /// Has the kernel ask the peer for a sign of life from now on: one that is gone shows by a broken connection. For
    /// TCP.
    package func probePeer() {
        if isOpen { mp_probe_peer(id.descriptor) }
    }
}

/// What a client's connection needs that is kept between requests, and whose peer may answer before it has heard all.
extension Channel {
    /// Whether a read may find something, be it the end of the stream.
    package var mayHaveInput: Bool { state.contains(.readable) }

    /// Whether a send has failed on a channel that ``keepReadingAfterReset()`` was called for.
    package var isSendingFailed: Bool { state.contains(.sendingFailed) }

    /// From now on a send that the peer refuses does not end the connection: what was queued is dropped, writes and
    /// waits for it throw `closed`, and reads go on. A server that has answered early and closed is read to the end so.
    package func keepReadingAfterReset() {
        state.insert(.readsAfterReset)
    }

    /// Takes ``keepReadingAfterReset()`` back, for who uses the connection from now on.
    package func endAfterReset() {
        state.remove(.readsAfterReset)
    }

    /// Hands the kernel what is queued without waiting for the end of the turn.
    package func sendNow() {
        sendQueued()
    }

    /// A send has failed with this errno.
    func sendFailed(_ code: Int32) {
        let isReset = code == EPIPE || code == ECONNRESET
        guard isReset, state.contains(.readsAfterReset) else { return end(isReset ? .peerClosed : .system(code)) }
        state.insert([.sendingFailed, .writeShutdown])
        reactor.counters.add(queuedBytes: -outbox.count)
        outbox.removeFirst(outbox.count)
        writeDeadline = 0
        resumeWriteWaiter()
    }

    /// Has a driver run when something arrives or the peer closes, while no task uses the connection; nil takes it
    /// back. There is no deadline: whoever keeps the connection has one of its own.
    package func watch(_ watcher: ConnectionDriver?) {
        reactor.preconditionIsCurrent()
        clearReadDeadline()
        driver = watcher
    }

    /// Ends the connection in order, after what was queued has left, unless a driver runs it: for whoever used it from
    /// a task, and is let go of. Any thread.
    package func closeUnlessDriven() {
        if reactor.isCurrent {
            if driver == nil { closeAfterFlush() }
            return
        }
        let reference = self.reference
        reactor.post { _ in
            if let channel = reference.channel, channel.driver == nil { channel.closeAfterFlush() }
        }
    }

    /// Sets the deadline for all reads from now on, the one in progress included; see ``setReadDeadline(_:)``.
    package func resetReadDeadline(_ timeout: Duration) {
        setReadDeadline(timeout)
        if unsafe readWaiter != nil { armTimer() }
    }
}
