internal import CMillpond
internal import Synchronization

/// The part of a pool that its threads keep alive.
@safe
final class WorkerPoolCore: @unchecked Sendable {
    // Sendable: the state is reached under the lock only, the rest is constant or atomic.

    /// What became of a job that was submitted.
    enum Verdict {
        case queued
        case waiting
        case dropped
        case droppedOldest
        case runHere
        case refused(any Error)
    }

    /// What a change under the lock leaves to be done after it.
    struct Aftermath {
        var admitted: [WorkTicket] = []
        var discarded: [WorkTicket] = []
        var woken: Worker?
        /// Only to be destroyed: what a closure refers to may do anything in its end.
        var droppedJob: QueuedJob?
    }

    let options: WorkerPool.Options
    let lock = Lock()
    let inbox = WorkerInbox()
    /// Signalled when the last worker of a stopping pool has gone.
    let ended = Condition()
    private let state: UnsafeMutablePointer<WorkerPoolState>
    let mayPoll: Bool
    /// Starts a thread, or returns an error number. `PlatformThread.start`, unless a test has threads refused.
    typealias Starter = @Sendable (String, Int?, @escaping @Sendable () -> Void) -> Int32
    let start: Starter

    init(_ options: WorkerPool.Options, start: @escaping Starter) {
        self.options = options
        self.start = start
        mayPoll = WorkerPool.Options.cores > 1
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: WorkerPoolState(options))
    }

    deinit {
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// Calls `body` with the state under the lock, and with all jobs in the queue.
    func locked<Result: ~Copyable, Failure: Error>(
        _ body: (inout WorkerPoolState) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // A copy of the pointer: ThreadSanitizer takes a change behind it for a change of the property.
        let state = unsafe self.state
        lock.lockSpinning()
        unsafe inbox.collect(into: &state.pointee, closing: true)
        defer {
            unsafe inbox.open(state.pointee.room, calls: state.pointee.needsCall)
            lock.unlock()
        }
        return try unsafe body(&state.pointee)
    }

    /// The same for a worker that comes for a job: the inbox stays as it is, for `body` to collect from.
    func lockedWhileOpen<Result: ~Copyable>(_ body: (inout WorkerPoolState) -> Result) -> Result {
        let state = unsafe self.state
        lock.lockSpinning()
        defer { lock.unlock() }
        return unsafe body(&state.pointee)
    }

    /// Waits for `condition`, having given the lock up, as long as `body` says so of the state.
    ///
    /// - Parameter moment: when to stop waiting in any case; nil for never.
    /// - Returns: false when that moment came.
    func wait(
        for condition: borrowing Condition, until moment: Timekeeper.Moment?, while body: (WorkerPoolCore) -> Bool
    ) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        while body(self) {
            guard let moment else {
                condition.wait(lock)
                continue
            }
            if !condition.wait(lock, until: moment), body(self) { return false }
        }
        return true
    }

    /// Whether the last worker has gone. Under the lock.
    var hasEnded: Bool { unsafe state.pointee.isStopping && state.pointee.workers.members.isEmpty }

    /// Does what a change under the lock has left to do.
    func conclude(_ aftermath: Aftermath, _ error: @autoclosure () -> any Error = WorkerPoolError.stopped) {
        aftermath.woken?.condition.signal()
        for ticket in aftermath.admitted { ticket.wasAdmitted() }
        // Made only then: a boxed error for each batch would be allocated.
        for ticket in aftermath.discarded { ticket.discard(error(), isAdmitted: true) }
    }

    // MARK: Submitting

    /// Queues a job if there is room; false if there is more to decide.
    @inline(__always)
    func submitQuickly(_ job: @escaping @Sendable () throws -> Void) -> Bool {
        switch inbox.put(job) {
        case .full: return false
        case .taken: return true
        case .callWorker:
            callWorker()
            return true
        }
    }

    @inline(never)
    private func callWorker() {
        let woken = locked { state in wakeNext(&state) }
        woken?.condition.signal()
    }

    /// Queues a job, or does with it what the bound asks for. A ticket gets its phase, and may wait for room.
    @inline(never)
    func submit(_ job: QueuedJob, mayWait: Bool) -> Verdict {
        var aftermath = Aftermath()
        let verdict = locked { state in decide(job, mayWait, &state, &aftermath) }
        aftermath.woken?.condition.signal()
        if case .ticket(let dropped)? = aftermath.droppedJob {
            dropped.discard(WorkerPoolError.dropped, isAdmitted: true)
        }
        return verdict
    }

    /// Queues all jobs, or none.
    func submit(contentsOf jobs: [WorkerPool.Job]) throws(WorkerPoolError) {
        guard !jobs.isEmpty else { return }
        switch inbox.put(contentsOf: jobs) {
        case .full: break
        case .taken: return
        case .callWorker: return callWorker()
        }
        let woken = try locked { state throws(WorkerPoolError) in
            if state.isFull || state.queue.count + state.held + jobs.count > state.queueLimit { state.recall() }
            do throws(WorkerPoolError) {
                if state.isStopping { throw .stopped }
                if state.workers.members.isEmpty {
                    let error = startWorker(&state)
                    if error != 0 { throw .noThread(errno: error) }
                }
                if !state.waiters.isEmpty || state.queue.count + jobs.count > state.queueLimit {
                    throw .queueFull(limit: state.queueLimit)
                }
            } catch {
                state.counts.refused += UInt64(jobs.count)
                throw error
            }
            for job in jobs { state.push(.closure(job.body)) }
            return wakeNext(&state)
        }
        woken?.condition.signal()
    }

    /// Queues a ticket if there is room; false if there is more to decide.
    func submitQuickly(_ ticket: WorkTicket) -> Bool {
        var woken: Worker?
        let isQueued = locked { state in
            let isFresh = ticket.phase.load(ordering: .acquiring) == WorkTicket.Phase.fresh
            guard isFresh, state.room > 0, !ticket.isUnwanted else { return false }
            ticket.phase.store(WorkTicket.Phase.queued, ordering: .releasing)
            state.push(ticket.queued)
            woken = wakeNext(&state)
            return true
        }
        woken?.condition.signal()
        return isQueued
    }

    private func decide(
        _ job: QueuedJob, _ mayWait: Bool, _ state: inout WorkerPoolState, _ aftermath: inout Aftermath
    ) -> Verdict {
        var ticket: WorkTicket?
        if case .ticket(let it) = job { ticket = it }
        if let ticket, ticket.phase.load(ordering: .acquiring) == WorkTicket.Phase.over {
            state.counts.refused += 1
            return .refused(ticket.reason ?? CancellationError())
        }
        // Whoever cancels a group says so first and clears the queue under the lock then, so none slips through.
        let isUnwanted = ticket?.isUnwanted ?? false
        let verdict =
            isUnwanted ? .refused(CancellationError()) : place(job, ticket, mayWait, &state, &aftermath)
        switch verdict {
        case .queued, .droppedOldest:
            ticket?.phase.store(WorkTicket.Phase.queued, ordering: .releasing)
            state.push(ticket?.queued ?? job)
            aftermath.woken = wakeNext(&state)
        case .waiting:
            ticket?.phase.store(WorkTicket.Phase.waiting, ordering: .releasing)
            if let ticket { state.waiters.append(ticket) }
            aftermath.woken = wakeNext(&state)
        case .dropped:
            ticket?.phase.store(WorkTicket.Phase.over, ordering: .releasing)
            state.counts.submitted += 1
            state.counts.dropped += 1
        case .runHere:
            ticket?.phase.store(WorkTicket.Phase.running, ordering: .releasing)
            state.counts.submitted += 1
        case .refused:
            ticket?.phase.store(WorkTicket.Phase.over, ordering: .releasing)
            state.counts.refused += 1
        }
        return verdict
    }

    private func place(
        _ job: QueuedJob, _ ticket: WorkTicket?, _ mayWait: Bool, _ state: inout WorkerPoolState,
        _ aftermath: inout Aftermath
    ) -> Verdict {
        if state.isStopping { return .refused(WorkerPoolError.stopped) }
        if state.workers.members.isEmpty {
            let error = startWorker(&state)
            if error != 0 { return .refused(WorkerPoolError.noThread(errno: error)) }
        }
        if !state.isFull { return .queued }
        if !state.holders.isEmpty { state.recall() }
        if !state.isFull { return .queued }
        switch options.atLimit {
        case .dropNewest: return .dropped
        case .runInCaller: return .runHere
        case .wait where mayWait && ticket != nil: return .waiting
        case .fail, .wait: return .refused(WorkerPoolError.queueFull(limit: state.queueLimit))
        case .dropOldest:
            while let oldest = state.queue.popFirst() {
                // Only whoever ends a ticket may tell its submitter.
                if case .ticket(let ticket) = oldest, !ticket.abandon() { continue }
                state.counts.dropped += 1
                aftermath.droppedJob = oldest
                return .droppedOldest
            }
            return .queued
        }
    }
}
