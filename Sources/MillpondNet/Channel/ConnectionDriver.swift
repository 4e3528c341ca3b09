/// What runs a connection: the base class of each protocol's server and client side.
///
/// While there is nothing to do the connection is *parked*: it holds no task and no buffer. When bytes arrive, the peer
/// closes or a deadline passes, one of the reactor's runner tasks calls ``run()``. A driver may suspend in `run()` as
/// it likes; its runner then waits with it and other connections go on.
///
/// Confined to the channel's reactor.
open class ConnectionDriver {
    /// What a driver wants after ``run()``.
    public enum Next {
        /// Wait for the peer. To be returned when the input is exhausted: a channel whose last read may have left bytes
        /// behind is run again at once.
        case park
        /// Send what is queued, then close.
        case close
        /// Another protocol takes over, and is run at once. This driver is let go of without another call.
        case handOver(to: ConnectionDriver)
    }

    /// What to do when a parked connection's deadline has passed.
    public enum DeadlineAction {
        /// Close with ``CloseReason/readTimedOut``.
        case close
        /// Call ``run()``; ``Channel/deadlinePassed`` is true in it.
        case run
        /// Wait for so much longer.
        case extend(Duration)
    }

    /// The connection that this drives.
    public let channel: Channel

    public init(channel: Channel) {
        self.channel = channel
    }

    /// Whether ``run()`` is called as soon as the connection is open, before the peer has sent anything.
    open var startsImmediately: Bool { false }

    /// Handles everything at hand. Never two calls at once.
    open func run() async -> Next { .close }

    /// A parked connection's deadline has passed. Synchronous; must not block.
    open func deadlineExpired() -> DeadlineAction { .close }

    /// The peer has shut down its side while ``run()`` was at work; `isBroken`: nothing can be sent to it either. Where
    /// only its side is shut down it may still wait for an answer, or be gone. Synchronous; does nothing by default.
    open func peerClosed(isBroken: Bool) {}

    /// The deadline of ``Channel/setRunDeadline(_:)`` has passed while ``run()`` was at work. Synchronous; cancels the
    /// run by default.
    open func runDeadlineExpired() { channel.cancelRun() }

    /// The reactor's turn ends, and what is queued is about to leave: the last chance to queue more in the same call.
    /// Called once for each ``Channel/callAtTurnEnd()``, also while ``run()`` waits for something.
    open func turnEnds() {}

    /// The server ends in order: finish what is in progress, begin nothing. Closes a parked connection by default.
    ///
    /// Called at once, or when the connection is handed over to this driver afterwards; and once more when a driver
    /// that was at work then has parked.
    open func drain() {
        if channel.isParked { channel.closeAfterFlush() }
    }

    /// The connection is over. Called once, as the last thing, and never during ``run()``; of drivers that have handed
    /// the connection over, only the last one is called. Its descriptor is closed after that.
    open func closed(_ reason: CloseReason) {}
}
