/// Why the pool closed a connection.
public enum ConnectionCloseReason: Sendable, Hashable, CaseIterable {
    /// It was idle longer than `idleTimeout`.
    case idle
    /// It had reached its lifetime.
    case lifetime
    /// As many as allowed were idle, or the owner asked for idle ones to be closed.
    case surplus
    /// Another key needed its place.
    case evicted
    /// Its borrower said so, or ended with an error.
    case discarded
    /// The check before lending it out again refused it.
    case stale
    /// Its owner reported its death through its ``ConnectionToken``.
    case died
    /// The pool was closed.
    case poolClosed
}
