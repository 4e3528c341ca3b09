internal import Synchronization

/// A task that waits for the end of a pool. Under the pool's lock.
@safe
final class WorkerPoolStopper: @unchecked Sendable {
    // Sendable: under the lock until the outcome is set, then its setter's.

    var outcome: Bool?
    var continuation: UnsafeContinuation<Void, Never>?

    init() {
        unsafe continuation = nil
    }

    func resume() {
        unsafe continuation?.resume()
    }
}

extension WorkerPoolCore {
    // MARK: Jobs that leave unrun

    /// Ends a ticket that has not begun.
    ///
    /// - Parameter onlyWaiting: leave it alone once it is in the queue.
    func cancel(_ ticket: WorkTicket, _ error: any Error, onlyWaiting: Bool = false) {
        var aftermath = Aftermath()
        var wasAdmitted: Bool?
        locked { state in
            switch ticket.phase.load(ordering: .acquiring) {
            case WorkTicket.Phase.fresh:
                ticket.reason = error
                ticket.phase.store(WorkTicket.Phase.over, ordering: .releasing)
            case WorkTicket.Phase.waiting:
                state.waiters.remove(ticket)
                ticket.phase.store(WorkTicket.Phase.over, ordering: .releasing)
                state.counts.refused += 1
                wasAdmitted = false
            case WorkTicket.Phase.queued where !onlyWaiting && ticket.abandon():
                // One in a worker's batch gives its place back only with the batch.
                if ticket.position == nil { state.recall() } else { state.queue.remove(ticket) }
                state.counts.cancelled += 1
                wasAdmitted = true
                state.admitWaiters(&aftermath.admitted)
                aftermath.woken = wakeNext(&state)
            default: break
            }
        }
        conclude(aftermath)
        if let wasAdmitted { ticket.discard(error, isAdmitted: wasAdmitted) }
    }

    /// Ends all tickets of a group that have not begun.
    func cancelTickets(of owner: AnyObject, _ error: any Error) {
        var aftermath = Aftermath()
        var waiting: [WorkTicket] = []
        locked { state in
            state.recall()
            for ticket in state.queue.removeTickets(of: owner) where ticket.abandon() {
                state.counts.cancelled += 1
                aftermath.discarded.append(ticket)
            }
            var next = state.waiters.first
            while let ticket = next {
                next = ticket.next
                guard ticket.owner === owner else { continue }
                state.waiters.remove(ticket)
                ticket.phase.store(WorkTicket.Phase.over, ordering: .releasing)
                state.counts.refused += 1
                waiting.append(ticket)
            }
            state.admitWaiters(&aftermath.admitted)
            aftermath.woken = wakeNext(&state)
        }
        conclude(aftermath, error)
        for ticket in waiting { ticket.discard(error, isAdmitted: false) }
    }

    // MARK: Stopping

    /// Takes nothing more. What waits for room is refused; what is queued is left to the workers, or cancelled.
    func close(cancelQueued: Bool) {
        var aftermath = Aftermath()
        var closures: [QueuedJob] = []
        var waiting: [WorkTicket] = []
        var woken: [Worker] = []
        locked { state in
            state.isStopping = true
            while let ticket = state.waiters.first {
                state.waiters.remove(ticket)
                ticket.phase.store(WorkTicket.Phase.over, ordering: .releasing)
                state.counts.refused += 1
                waiting.append(ticket)
            }
            if cancelQueued {
                state.recall()
                while let job = state.queue.popFirst() {
                    if case .ticket(let ticket) = job {
                        guard ticket.abandon() else { continue }
                        aftermath.discarded.append(ticket)
                    } else {
                        closures.append(job)
                    }
                    state.counts.cancelled += 1
                }
            }
            woken = state.wakeAll()
        }
        for worker in woken { worker.condition.signal() }
        conclude(aftermath)
        for ticket in waiting { ticket.discard(WorkerPoolError.stopped, isAdmitted: false) }
    }

    /// Waits until the last worker has gone; false when it was told earlier not to wait longer.
    func waitForEnd(_ stopper: WorkerPoolStopper) async -> Bool {
        await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let isOver = locked { state in
                if stopper.outcome == nil, state.workers.members.isEmpty { stopper.outcome = true }
                if stopper.outcome != nil { return true }
                unsafe stopper.continuation = continuation
                state.stoppers.append(stopper)
                return false
            }
            if isOver { unsafe continuation.resume() }
        }
        return locked { _ in stopper.outcome ?? false }
    }

    /// Has a stopper wait no longer.
    func release(_ stopper: WorkerPoolStopper) {
        let isOurs = locked { state in
            guard stopper.outcome == nil else { return false }
            stopper.outcome = false
            guard let index = state.stoppers.firstIndex(where: { $0 === stopper }) else { return false }
            state.stoppers.remove(at: index)
            return true
        }
        if isOurs { stopper.resume() }
    }

    // MARK: Size

    func resize(_ minimum: Int?, _ maximum: Int?) {
        let woken = locked { state in
            state.maximum = max(1, maximum ?? state.maximum)
            state.minimum = min(max(0, minimum ?? state.minimum), state.maximum)
            // A surplus worker ends when it comes back, so it must not sit on jobs.
            state.recall()
            // All of them, to take up a new deadline, or end.
            return state.wakeAll()
        }
        for worker in woken { worker.condition.signal() }
        let next = locked { state in wakeNext(&state) }
        next?.condition.signal()
    }

    func statistics() -> WorkerPool.Statistics {
        locked { state in
            var counts = state.counts
            for worker in state.workers.members {
                counts.completed += worker.completed.load(ordering: .relaxed)
                counts.failed += worker.failed.load(ordering: .relaxed)
            }
            counts.workers = state.workers.members.count
            counts.idle = min(counts.workers, counts.workers - state.running)
            counts.queued = state.queue.count + state.holders.reduce(0) { $0 + $1.unclaimed }
            counts.waiting = state.waiters.count
            return counts
        }
    }
}
