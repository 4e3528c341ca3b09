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
        /// Another protocol takes over, and is run at once.
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

    /// The group drains: finish what is in progress, begin nothing. Closes a parked connection by default.
    open func drain() {
        if channel.isParked { channel.closeAfterFlush() }
    }

    /// The connection is over. Called once, as the last thing, and never during ``run()``.
    open func closed(_ reason: CloseReason) {}
}
