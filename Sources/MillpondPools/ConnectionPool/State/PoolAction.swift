/// What the runtime is to do after an event.
@usableFromInline
enum PoolAction: Equatable {
    /// Tell a waiter that a connection is its.
    case grant(PoolID, connection: Int32)
    /// Tell a waiter that it gets none.
    case fail(PoolID, PoolFailure)
    /// Tell one that waits for the end of the pool that this is it.
    case ended(PoolID)
    /// Dial for a key.
    case dial(PoolID, partition: Int32)
    /// The dial takes too long, or nobody will use it any more: cancel its task.
    case cancelDial(PoolID)
    /// Close a connection and report the end of it.
    case close(PoolID, ConnectionCloseReason)
    /// Forget a key, whose number may be given to another from now on.
    case forget(partition: Int32)
}

/// Why a wait ends without a connection.
@usableFromInline
enum PoolFailure: Equatable {
    case timedOut, cancelled, closed, tooManyWaiters
    /// The dial that has just been reported as failed, or as timed out.
    case dialFailed
    case dialTimedOut
}

/// Actions in their order; one alone takes no memory.
@usableFromInline
struct PoolActions {
    @usableFromInline private(set) var first: PoolAction?
    @usableFromInline private(set) var rest: [PoolAction] = []

    @usableFromInline
    init() {}

    @usableFromInline
    mutating func append(_ action: PoolAction) {
        if first == nil { first = action } else { rest.append(action) }
    }

    @usableFromInline
    func forEach(_ body: (PoolAction) -> Void) {
        guard let first else { return }
        body(first)
        for action in rest { body(action) }
    }
}
