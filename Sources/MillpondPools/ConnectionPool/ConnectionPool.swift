/// A pool of connections to one or many peers, for any client and any network stack.
///
///     let pool = ConnectionPool<Endpoint, Connection>(options) { endpoint, _ in try await Connection.open(endpoint) }
///     let answer = try await pool.withConnection(for: endpoint, deadline: .after(.seconds(5))) { connection in
///         try await connection.send(request)
///     }
///     try await pool.close(deadline: .after(.seconds(10)))
///
/// An idle connection is taken without suspending, the one used last first. Otherwise the task waits its turn, for what
/// comes first: a connection that another task is done with, or a dial. Dials are tasks of the pool's own: one goes on
/// when the task it was begun for is served otherwise or gives up, and serves the next.
///
/// - A connection has one user at a time, and goes back when its scope ends, whatever way.
/// - Waiters of a key are served in the order they came; none is overtaken.
/// - A failed dial fails one waiter, the first of its key, with ``ConnectionPoolError/dialFailed(cause:)``. The pool
///   does not try again on its behalf: the caller knows whether that makes sense.
/// - Connections that live on an executor, as those of a reactor do, are dialled, checked and closed there, if the pool
///   is given that executor and used by its tasks only. A program with several has a pool for each.
///
/// - Keys are hashed and compared under the pool's lock: `==` and `hash(into:)` of `Key` must be brief, wait for
///   nothing, and not use the pool. A connection ends on the thread that gave it up, or in a task when the pool has an
///   executor or a `close` hook, or when its time was over: never on a clock's thread.
///
/// The last reference to a pool closes it; connections that are lent out remain valid and are closed as they come back.
public final class ConnectionPool<Key: Hashable & Sendable, Connection: ~Copyable>: Sendable {
    @usableFromInline let core: ConnectionPoolCore<Key, Connection>

    /// Makes an empty pool. It dials when it is first asked for a connection.
    ///
    /// - Parameters:
    ///   - options: limits and times.
    ///   - executor: where dials and closings run; nil for the default one. It must run until the pool has been closed
    ///     and the wait for that is over: close the pool before you shut a reactor down, whose tasks would never end.
    ///   - clock: where the time comes from.
    ///   - hooks: checks, and how a connection is closed.
    ///   - connect: dials. Its task is cancelled when it takes longer than `dialTimeout` or the pool is closed, and it
    ///     must end then. The token is for telling the pool of a connection's death.
    public init(
        _ options: ConnectionPoolOptions = ConnectionPoolOptions(), executor: (any TaskExecutor)? = nil,
        clock: PoolClock = .system, hooks: ConnectionPoolHooks<Connection> = ConnectionPoolHooks(),
        connect: @escaping @Sendable (Key, ConnectionToken) async throws -> sending Connection
    ) {
        core = ConnectionPoolCore(options, executor, clock, hooks, connect)
    }

    deinit {
        core.close()
    }

    /// Dials what lacks to the key's `minimumOpenPerKey`, and keeps that up from now on.
    public func warm(_ key: Key) { core.warm(key) }

    /// Closes what is idle now.
    public func closeIdle() {
        core.event { shared, actions, now in
            shared.state.dropIdle(now: now, &actions)
        }
    }

    /// What the pool has done so far and holds now.
    public func statistics() -> ConnectionPoolStatistics { core.report() }

    /// Closes the pool without waiting: who waits fails, dials are cancelled, idle connections are closed, those in use
    /// when they come back.
    public func beginClosing() { core.close() }

    /// Closes the pool and waits until nothing of it is left: each connection closed, each dial ended.
    ///
    /// - Parameter deadline: until when it waits; `standard` is 10 seconds here, whatever `acquireTimeout` is.
    /// - Throws: `ConnectionPoolError.stillInUse` when that is not so by the deadline, `CancellationError`. What is
    ///   left is closed all the same when it comes back.
    public func close(deadline: PoolDeadline = .standard) async throws {
        core.close()
        try await core.awaitEnd(deadline)
    }
}

/// The key of a pool that has one peer.
public struct SinglePeer: Hashable, Sendable {
    public init() {}
}
