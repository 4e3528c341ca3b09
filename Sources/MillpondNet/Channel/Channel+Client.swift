internal import Glibc
internal import MillpondIO

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
        setReadDeadline(nil)
        driver = watcher
    }

    /// Sets the deadline for all reads from now on, the one in progress included; see ``setReadDeadline(_:)``.
    package func resetReadDeadline(_ timeout: Duration) {
        setReadDeadline(timeout)
        if unsafe readWaiter != nil { armTimer() }
    }
}

/// One deadline for all that happens on a connection: closes it when the time has come. Confined to its reactor.
///
/// Setting it again costs no more than a store as long as the timer is armed for an earlier time. It must be taken down
/// with ``remove()`` before it goes: the reactor does not retain it.
package final class ChannelTimer: ReactorResource {
    private let channel: Channel
    /// Monotonic nanoseconds; 0 for none.
    @safe @exclusivity(unchecked) private var deadline: UInt64 = 0
    @safe @exclusivity(unchecked) private var armed: UInt64 = 0
    /// Whether the time has come.
    @safe @exclusivity(unchecked) package private(set) var hasFired = false

    package init(_ channel: Channel) {
        self.channel = channel
        super.init()
    }

    /// Sets the deadline, a moment of ``Reactor/monotonicNanoseconds``; 0 takes it back.
    package func set(_ moment: UInt64) {
        deadline = moment
        guard moment != 0, !isTimerArmed || armed > moment else { return }
        armed = moment
        channel.reactor.timers.arm(self, at: moment)
    }

    /// Leaves the reactor's wheel.
    package func remove() {
        deadline = 0
        channel.reactor.timers.cancel(self)
    }

    override func timerFired() {
        guard deadline != 0 else { return }
        if deadline > channel.reactor.now { return set(deadline) }
        deadline = 0
        hasFired = true
        channel.end(.readTimedOut, isOwn: true)
    }
}

extension Reactor {
    /// Now, as of the beginning of this turn. The reactor's thread only.
    package var monotonicNanoseconds: UInt64 { now }
}

extension Duration {
    /// Whole nanoseconds, not less than 0 and not more than about 292 years.
    package var wholeNanoseconds: UInt64 { clampedNanoseconds }
}
