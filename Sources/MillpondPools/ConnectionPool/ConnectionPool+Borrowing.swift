extension ConnectionPool where Connection: ~Copyable & Sendable {
    /// Borrows a connection: an idle one at once, without suspending, otherwise the first that is to be had in turn. It
    /// goes back when the result ends.
    ///
    /// - Throws: ``ConnectionPoolError``: `timedOut`, `tooManyWaiters`, `dialFailed`, `closed`; `CancellationError`
    ///   when the task is cancelled, and then without a connection. A cancelled task may still borrow an idle one.
    @inlinable
    public func acquire(
        for key: Key, deadline: PoolDeadline = .standard
    ) async throws -> PooledConnection<Key, Connection> {
        return unsafe PooledConnection(node: try await core.take(key, deadline))
    }

    /// Borrows an idle connection; nil if there is none. Begins no dial.
    @inlinable
    public func tryAcquire(for key: Key) -> PooledConnection<Key, Connection>? {
        guard let node = unsafe core.takeIdle(key) else { return nil }
        return unsafe PooledConnection(node: node)
    }

    /// Lends a connection to `body`, and takes it back when that returns.
    ///
    /// When `body` throws, a cancellation included, the connection is closed unless the hook `isUsableAfterError` says
    /// that it may be kept: nobody knows where its protocol stands.
    ///
    /// - Throws: what `acquire` throws, and what `body` throws.
    @inlinable
    public func withConnection<Result: ~Copyable>(
        for key: Key, deadline: PoolDeadline = .standard, _ body: (inout Connection) async throws -> Result
    ) async throws -> Result {
        let node = unsafe try await core.take(key, deadline)
        defer { unsafe ConnectionNode.putBack(node) }
        do {
            return try await unsafe body(&node.pointee.connection)
        } catch {
            unsafe core.judge(node, after: error)
            throw error
        }
    }
}

extension ConnectionPool where Connection: ~Copyable {
    /// Lends a connection that is not `Sendable` to `body`. The compiler checks that nothing of it is kept.
    ///
    /// Otherwise as for connections that are.
    @inlinable
    public func withConnection<Result: ~Copyable>(
        for key: Key, deadline: PoolDeadline = .standard,
        _ body: (inout sending Connection) async throws -> sending Result
    ) async throws -> sending Result {
        // Sound: the connection was alone in its region when it was put here, and `body` leaves it so.
        nonisolated(unsafe) let node = unsafe try await core.take(key, deadline)
        defer { unsafe ConnectionNode.putBack(node) }
        do {
            return try await unsafe body(&node.pointee.connection)
        } catch {
            unsafe core.judge(node, after: error)
            throw error
        }
    }
}

extension ConnectionPoolCore where Connection: ~Copyable {
    /// An idle connection at once, or the first that is to be had.
    @inlinable
    @inline(__always)
    func take(_ key: Key, _ deadline: PoolDeadline) async throws -> Node {
        if let idle = unsafe takeIdle(key) { return unsafe idle }
        return unsafe try await wait(key, deadline)
    }

    /// Whether a connection survives its borrower's error.
    @usableFromInline
    func judge(_ node: Node, after error: any Error) {
        if let isUsable = hooks.isUsableAfterError, unsafe isUsable(error, &node.pointee.connection) { return }
        unsafe node.pointee.head.isUnusable = true
    }
}
