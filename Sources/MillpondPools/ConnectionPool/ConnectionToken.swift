/// Names a connection to its pool, from the dial on and from any thread; may outlive both.
///
/// For the owner of a connection who learns that the peer has closed it, an event loop say: `connectionDied()` has an
/// idle one closed at once, so that nobody borrows it. One that is lent out is closed when it comes
/// back. One that is still dialled is closed when it comes to be, and its dial has failed: a waiter gets
/// ``ConnectionPoolError/dialFailed(cause:)``.
public struct ConnectionToken: Sendable {
    private weak let pool: PoolRuntime?
    private let id: PoolID

    init(_ pool: PoolRuntime, _ id: PoolID) {
        self.pool = pool
        self.id = id
    }

    /// The connection is of no use any more. Further calls, or one for a connection that is gone, do nothing. O(1).
    public func connectionDied() {
        pool?.died(id)
    }
}
