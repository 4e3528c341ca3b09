/// Names a connection to its pool, from the dial on and from any thread; may outlive both.
///
/// For the owner of a connection who learns that the peer has closed it, an event loop say: `connectionDied()` has an
/// idle one closed at once, so that nobody borrows it. One that is lent out, or still dialled, is closed when it comes
/// back or comes to be.
public struct ConnectionToken: Sendable {
    private weak let owner: TokenOwner?
    private let id: PoolID

    init(_ owner: TokenOwner, _ id: PoolID) {
        self.owner = owner
        self.id = id
    }

    /// The connection is of no use any more. Further calls, or one for a connection that is gone, do nothing. O(1).
    public func connectionDied() {
        owner?.died(id)
    }
}

/// The part of a pool that tokens know, whatever the type of its connections.
@usableFromInline
class TokenOwner: @unchecked Sendable {
    // Sendable: without state here; the subclass has its own under a lock.
    @usableFromInline
    init() {}

    func died(_ id: PoolID) {}
}
