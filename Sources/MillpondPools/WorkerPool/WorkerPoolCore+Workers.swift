internal import CMillpond
internal import Synchronization

extension WorkerPoolCore {
    /// Sees to it that somebody looks for work if there is any. The caller signals the worker after the lock.
    ///
    /// One who polls finds the work by itself, and calls this in turn if there is more than it takes.
    func wakeNext(_ state: inout WorkerPoolState) -> Worker? {
        guard state.spinning == 0, state.waking < state.wakeLimit, state.hasWork else { return nil }
        if let worker = state.lookouts.pop() ?? state.idle.pop() {
            worker.isWoken = true
            state.waking += 1
            return worker
        }
        if state.workers.members.count < state.maximum {
            if state.threadPause > 0 { state.threadPause -= 1 } else { _ = startWorker(&state) }
        }
        return nil
    }

    /// Starts a thread; 0 or an error number. Under the lock, which the thread takes first of all.
    func startWorker(_ state: inout WorkerPoolState) -> Int32 {
        let worker = Worker()
        let name = "\(options.name.prefix(10))-\(state.counts.threadsStarted)"
        let error = start(name, options.stackSize) { self.run(worker) }
        guard error == 0 else {
            state.counts.threadsRefused += 1
            state.threadPause = 256
            return error
        }
        state.counts.threadsStarted += 1
        state.workers.insert(worker)
        state.waking += 1
        state.counts.workersHighWater = max(state.counts.workersHighWater, state.workers.members.count)
        return 0
    }

    // MARK: A worker's life

    private enum Step {
        case run(QueuedJob)
        case poll
        case sleep(until: Timekeeper.Moment?)
        case end([WorkerPoolStopper])
    }

    private func run(_ worker: Worker) {
        while let job = next(worker) {
            execute(job, worker)
            while let job = worker.claim() { execute(job, worker) }
        }
    }

    private func execute(_ job: QueuedJob, _ worker: Worker) {
        switch job {
        case .removed: break
        case .closure(let body):
            do {
                try body()
                worker.count(true)
            } catch {
                worker.count(false)
                options.onFailure?(error)
            }
        case .ticket(let ticket):
            guard ticket.begin() else { return }
            worker.count(ticket.perform())
            ticket.finish()
        }
    }

    /// The next job for a worker whose batch is at its end; waits for one. Nil when its thread is to end.
    private func next(_ worker: Worker) -> QueuedJob? {
        var hasPolled = !mayPoll
        var isPolling = false
        var isLate = false
        while true {
            var aftermath = Aftermath()
            let step = lockedWhileOpen { state in
                if isPolling { state.spinning -= 1 }
                return look(worker, mayPoll: !hasPolled, isLate, &state, &aftermath)
            }
            conclude(aftermath)
            isPolling = false
            isLate = false
            switch step {
            case .run(let job): return job
            case .end(let stoppers):
                for stopper in stoppers { stopper.resume() }
                return nil
            case .poll:
                poll()
                isPolling = true
                hasPolled = true
            case .sleep(let deadline):
                isLate = !wait(for: worker.condition, until: deadline) { _ in !worker.isWoken }
                hasPolled = !mayPoll
            }
        }
    }

    /// What a worker does that has nothing to do.
    private func look(
        _ worker: Worker, mayPoll: Bool, _ isLate: Bool, _ state: inout WorkerPoolState,
        _ aftermath: inout Aftermath
    ) -> Step {
        let wasOnLookout = worker.isOnLookout
        worker.isOnLookout = false
        if worker.isWoken {
            worker.isWoken = false
            state.waking -= 1
        } else if wasOnLookout {
            state.lookouts.remove(worker)
        } else if isLate {
            // Nobody has called it, so it stands among the idle still.
            state.idle.remove(worker)
        }
        state.forget(worker)
        if state.queue.count == 0 { inbox.collect(into: &state, closing: false) }
        if state.workers.members.count <= state.maximum, state.hasWork, let job = state.take(worker) {
            return run(job, &state, &aftermath)
        }
        // Nothing may come between this last look and the word that nobody looks any more.
        inbox.collect(into: &state, closing: true)
        defer { inbox.open(state.room, calls: state.needsCall) }
        if state.workers.members.count > state.maximum { return end(worker, &state, &aftermath) }
        if let job = state.take(worker) { return run(job, &state, &aftermath) }
        let isSurplus = state.workers.members.count > state.minimum
        if state.isStopping || (isLate && !wasOnLookout && isSurplus) { return end(worker, &state, &aftermath) }
        if mayPoll, state.spinning == 0 {
            state.spinning += 1
            return .poll
        }
        let submitted = state.counts.submitted
        if state.lookouts.count < 2, submitted - worker.seen >= 64 {
            worker.seen = submitted
            worker.isOnLookout = true
            state.lookouts.push(worker)
            return .sleep(until: Timekeeper.moment(after: Self.lookoutTime))
        }
        state.idle.push(worker)
        return .sleep(until: isSurplus ? Timekeeper.moment(after: options.idleTime) : nil)
    }

    private func run(_ job: QueuedJob, _ state: inout WorkerPoolState, _ aftermath: inout Aftermath) -> Step {
        if !state.waiters.isEmpty { state.admitWaiters(&aftermath.admitted) }
        // Who is on the lookout comes for the rest, if it is still there.
        if state.lookouts.count == 0 { aftermath.woken = wakeNext(&state) }
        if state.needsCall != inbox.calls || !aftermath.admitted.isEmpty {
            let calls = state.needsCall
            if inbox.open(state.room, calls: calls), calls {
                // Their submitters relied on this worker.
                inbox.collect(into: &state, closing: true)
                aftermath.woken = wakeNext(&state)
                inbox.open(state.room, calls: state.needsCall)
            }
        }
        return .run(job)
    }

    /// Short enough for a job to wait behind others, long enough for it to cost little.
    private static var lookoutTime: Duration { .microseconds(100) }

    private func end(_ worker: Worker, _ state: inout WorkerPoolState, _ aftermath: inout Aftermath) -> Step {
        state.workers.remove(worker)
        state.counts.completed += worker.completed.load(ordering: .relaxed)
        state.counts.failed += worker.failed.load(ordering: .relaxed)
        state.queue.shrink()
        // It may have been the one that was called for what is in the queue.
        aftermath.woken = wakeNext(&state)
        guard state.isStopping, state.workers.members.isEmpty else { return .end([]) }
        ended.broadcast()
        let stoppers = state.stoppers
        state.stoppers = []
        for stopper in stoppers { stopper.outcome = true }
        return .end(stoppers)
    }

    /// Looks whether something comes, for a few microseconds: less than it takes to go to sleep and be woken.
    private func poll() {
        for _ in 0..<8 {
            // Seldom enough for several jobs to gather: each look takes the counter away from who submits.
            for _ in 0..<16 { millpond_spin_pause() }
            if inbox.count.load(ordering: .relaxed) > 0 { return }
        }
    }
}
