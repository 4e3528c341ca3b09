/// What a connection pool has done so far and holds now. Consistent: taken in one piece.
public struct ConnectionPoolStatistics: Sendable, Equatable {
    /// Connections that are open: in use or idle.
    public internal(set) var open = 0
    /// Those that are lent out.
    public internal(set) var inUse = 0
    /// Those that wait for a borrower.
    public internal(set) var idle = 0
    /// Dials under way.
    public internal(set) var dialing = 0
    /// Connections whose closing has begun and not ended; they count as open no more.
    public internal(set) var closing = 0
    /// Tasks that wait for a connection.
    public internal(set) var waiting = 0
    /// Keys with a connection, a dial, a waiter or a minimum.
    public internal(set) var keys = 0

    /// Connections taken for a borrower so far. Counts those that the check refused then (`closed[.stale]`), for which
    /// the borrower was given another.
    public internal(set) var borrows = 0
    /// Those for which a task had to wait.
    public internal(set) var waits = 0
    /// How long all waits that got a connection lasted together.
    public internal(set) var waitTime = Duration.zero
    /// The longest of them.
    public internal(set) var longestWait = Duration.zero
    /// Waits that reached their deadline.
    public internal(set) var timeouts = 0
    /// Waits whose task was cancelled.
    public internal(set) var cancellations = 0
    /// Times that `maximumWaiters` refused a wait.
    public internal(set) var refusals = 0
    /// Dials begun so far.
    public internal(set) var dials = 0
    /// Those that brought no connection. One that brought a dead one counts as closed (`died`).
    public internal(set) var dialFailures = 0
    /// Connections closed so far, by reason; a reason without any is absent.
    public internal(set) var closed: [ConnectionCloseReason: Int] = [:]
    /// The sum of ``closed``.
    public var closedInTotal: Int { closed.values.reduce(0, +) }
}
