extension WorkerPool {
    /// What an error of one job means for the others of its group.
    public enum GroupErrors: Sendable {
        /// Those that have not begun are taken out of the queue, and none is let in any more.
        case cancelOthers
        /// Nothing.
        case ignore
    }

    /// Lends a group to `body`, to which jobs can be submitted, and waits for all of them.
    ///
    /// The scope is left when no job of the group is queued or runs, whichever way `body` ends:
    ///
    /// - When it returns, the jobs are waited for. If one has thrown, and `next` or `results` has not reported it, the
    ///   first such error is thrown.
    /// - When it throws, jobs that have not begun are cancelled, those that run are waited for; its error is thrown.
    /// - When the task is cancelled, jobs that have not begun are cancelled, and end with `CancellationError`.
    ///
    ///         let sizes = try await pool.withGroup(of: Int.self) { group in
    ///             for path in paths { try await group.submitOrWait { try size(of: path) } }
    ///             return try await group.results()
    ///         }
    ///
    /// - Parameter onError: what the first error of a job means for the others.
    public func withGroup<Output: Sendable, Result>(
        of type: Output.Type = Output.self, onError: GroupErrors = .cancelOthers,
        _ body: (borrowing WorkerGroup<Output>) async throws -> Result
    ) async throws -> Result {
        let group = WorkerGroup(core: core, state: WorkerGroupState<Output>(core, onError))
        let result: Result
        do {
            result = try await body(group)
        } catch {
            group.cancel()
            await group.waitForAll()
            throw error
        }
        await group.waitForAll()
        if let error = group.state.takeError() { throw error }
        return result
    }
}
