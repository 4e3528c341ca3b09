/// Jobs that belong together: submitted in a scope that waits for all of them. See
/// ``WorkerPool/withGroup(of:onError:_:)``.
public struct WorkerGroup<Output: Sendable>: ~Copyable {
    let core: WorkerPoolCore
    let state: WorkerGroupState<Output>

    /// Leaves a job of the group to the workers. Never waits.
    ///
    /// - Throws: what ``WorkerPool/submit(_:)`` throws, and `dropped` in a pool that drops the newest. The job is no
    ///   part of the group then. `CancellationError` once the group is cancelled.
    public borrowing func submit(_ work: @escaping @Sendable () throws -> Output) throws {
        let ticket = try state.admit(work)
        switch core.submit(.ticket(ticket), mayWait: false) {
        case .queued, .waiting, .droppedOldest: break
        case .runHere: core.runHere(ticket)
        case .dropped:
            state.withdraw()
            throw WorkerPoolError.dropped
        case .refused(let error):
            state.withdraw()
            throw error
        }
    }

    /// The same, but waits for room as ``WorkerPool/submitOrWait(timeout:_:)`` does: a group may be larger than the
    /// queue.
    public borrowing func submitOrWait(
        timeout: Duration? = nil, _ work: @escaping @Sendable () throws -> Output
    ) async throws {
        guard case .wait = core.options.atLimit else { return try submit(work) }
        let ticket = try state.admit(work)
        if !Task.isCancelled, core.submitQuickly(ticket) { return }
        do {
            try await core.enter(ticket, timeout: timeout)
        } catch {
            state.withdraw()
            throw error
        }
    }

    /// The result of the next job that is done, in the order in which they get done; nil when none is left.
    ///
    /// Cancelling the task takes the jobs that have not begun out of the queue.
    ///
    /// - Throws: what the job threw, or why it was not run; neither is reported again. With `cancelOthers` the jobs
    ///   that its error has cancelled follow, each with a `CancellationError`. Those may be left: the scope's end does
    ///   not report them.
    public borrowing func next() async throws -> Output? {
        while true {
            if Task.isCancelled { cancel() }
            switch state.pop() {
            case .done(let result): return try result.get()
            case .none: return nil
            case .wait(let seen): await wait(seen)
            }
        }
    }

    /// The results of all jobs that `next` has not returned, in the order they were submitted. Waits for all of them.
    ///
    /// - Throws: the first error, in order of time; `CancellationError` if an error that `next` has reported kept jobs
    ///   from being run. The results of the others are lost then: use `next` to have those.
    public borrowing func results() async throws -> [Output] {
        await waitForAll()
        if let error = state.takeError() { throw error }
        return try state.takeAll()
    }

    /// Takes the jobs that have not begun out of the queue, and lets no more in. Those are done with
    /// `CancellationError`.
    public borrowing func cancel() {
        state.cancel()
    }

    borrowing func waitForAll() async {
        while let seen = state.pendingSince { await wait(seen) }
    }

    /// Waits until a job has got done since.
    private borrowing func wait(_ seen: Int) async {
        let state = state
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                unsafe state.wait(continuation, seen)
            }
        } onCancel: {
            state.cancel()
        }
    }
}
