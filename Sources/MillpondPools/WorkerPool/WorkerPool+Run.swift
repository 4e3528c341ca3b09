extension WorkerPool {
    /// Has a worker do some work and waits for what comes of it.
    ///
    /// Cancelling the task takes the work out of the queue; once begun it is done to its end, and its result is
    /// returned. The task goes on where it preferred to run before.
    ///
    /// - Parameters:
    ///   - timeout: how long the work may take to begin; nil for what the pool allows a job to wait for room, and
    ///     without limit in the queue. Work that has begun is waited for.
    ///   - work: runs on a worker's thread, and may block.
    /// - Throws: what `work` throws; `CancellationError`; ``WorkerPoolError``: `queueFull`, `timedOut`, `dropped`,
    ///   `stopped`, `noThread`. In all but the first case the work has not been begun and will not be.
    public func run<Output: Sendable>(
        timeout: Duration? = nil, _ work: @escaping @Sendable () throws -> Output
    ) async throws -> Output {
        let ticket = RunTicket(work)
        let core = core
        let deadline = timeout.map { core.schedule(ticket, $0, onlyWaiting: false) }
        var patience: Timekeeper.Alarm?
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                unsafe ticket.submitter = continuation
                switch core.submit(.ticket(ticket), mayWait: true) {
                case .queued, .droppedOldest: break
                case .waiting:
                    if timeout == nil { patience = core.schedule(ticket, core.patience, onlyWaiting: true) }
                case .dropped: ticket.discard(WorkerPoolError.dropped, isAdmitted: true)
                case .runHere: core.runHere(ticket)
                case .refused(let error): ticket.discard(error, isAdmitted: false)
                }
            }
        } onCancel: {
            core.cancel(ticket, CancellationError())
        }
        ticket.wasResumed()
        if let deadline { Timekeeper.shared.cancel(deadline) }
        if let patience { Timekeeper.shared.cancel(patience) }
        return try ticket.result.get()
    }

    /// Leaves a job to the workers, and waits for room in the queue if it has none and the pool is one that waits.
    ///
    /// Those who wait are served in the order they came. In a pool that does something else at the bound this is
    /// `submit`.
    ///
    /// - Parameters:
    ///   - timeout: how long to wait for room, instead of what the options say.
    ///   - job: what a worker is to do.
    /// - Throws: what `submit` throws, `timedOut`, `CancellationError`. The job will not be run then.
    @discardableResult
    public func submitOrWait(
        timeout: Duration? = nil, _ job: @escaping @Sendable () throws -> Void
    ) async throws -> Admission {
        guard case .wait = options.atLimit else { return try submit(job) }
        if !Task.isCancelled, core.submitQuickly(job) { return .queued }
        try await core.enter(AdmissionTicket(job), timeout: timeout)
        return .queued
    }
}

extension WorkerPoolCore {
    /// How long a job waits for room.
    var patience: Duration {
        if case .wait(let timeout) = options.atLimit { timeout } else { .zero }
    }

    /// Enters a ticket into the queue, once there is room for it.
    ///
    /// - Throws: why it did not get in: what the pool refuses with, `timedOut`, `CancellationError`.
    func enter(_ ticket: WorkTicket, timeout: Duration?) async throws {
        var alarm: Timekeeper.Alarm?
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                unsafe ticket.submitter = continuation
                switch submit(.ticket(ticket), mayWait: true) {
                case .waiting: alarm = schedule(ticket, timeout ?? patience, onlyWaiting: true)
                case .refused(let error): ticket.discard(error, isAdmitted: false)
                case .queued, .droppedOldest, .dropped, .runHere: ticket.wasAdmitted()
                }
            }
        } onCancel: {
            cancel(ticket, CancellationError(), onlyWaiting: true)
        }
        ticket.wasResumed()
        if let alarm { Timekeeper.shared.cancel(alarm) }
        if let refusal = ticket.refusal { throw refusal }
    }

    /// Ends a ticket that has not begun in time, or not got into the queue.
    func schedule(_ ticket: WorkTicket, _ timeout: Duration, onlyWaiting: Bool) -> Timekeeper.Alarm {
        Timekeeper.shared.schedule(at: Timekeeper.moment(after: timeout)) {
            self.cancel(ticket, WorkerPoolError.timedOut(waited: timeout), onlyWaiting: onlyWaiting)
        }
    }

    /// Runs a job on the thread that submits it.
    func runHere(_ job: @Sendable () throws -> Void) {
        do {
            try job()
            count(true)
        } catch {
            count(false)
            options.onFailure?(error)
        }
    }

    func runHere(_ ticket: WorkTicket) {
        count(ticket.perform())
        ticket.finish()
    }

    /// Counts a job that a submitter has run itself.
    private func count(_ succeeded: Bool) {
        locked { state in
            if succeeded { state.counts.completed += 1 } else { state.counts.failed += 1 }
        }
    }
}
