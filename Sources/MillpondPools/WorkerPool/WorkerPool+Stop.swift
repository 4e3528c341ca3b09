extension WorkerPool {
    /// What a pool that stops does with the jobs in its queue.
    public enum QueuedJobs: Sendable {
        /// They are run, as long as the deadline allows, and cancelled then.
        case finish
        /// They are cancelled: `run` and groups throw `stopped`.
        case cancel
    }

    /// Stops the pool and waits until its last job is done. Any number of times.
    ///
    /// From here on submissions throw `stopped`, and so do those that wait for room. At the deadline, or when the task
    /// is cancelled, what is still queued is cancelled too. Jobs that run are not interrupted: their threads end after
    /// them.
    ///
    /// - Returns: whether all threads have left the pool by then. Jobs run by their submitters are not its concern.
    @discardableResult
    public func stop(within timeout: Duration, queued: QueuedJobs = .finish) async -> Bool {
        let core = core
        core.close(cancelQueued: queued == .cancel)
        let stopper = WorkerPoolStopper()
        let giveUp: @Sendable () -> Void = {
            core.close(cancelQueued: true)
            core.release(stopper)
        }
        let alarm = Timekeeper.shared.schedule(at: Timekeeper.moment(after: timeout), giveUp)
        defer { Timekeeper.shared.cancel(alarm) }
        return await withTaskCancellationHandler {
            await core.waitForEnd(stopper)
        } onCancel: {
            giveUp()
        }
    }

    /// The same for threads that are not a task's: blocks. Not for reactors, nor for jobs of this pool.
    @discardableResult
    public func stopBlocking(within timeout: Duration, queued: QueuedJobs = .finish) -> Bool {
        core.close(cancelQueued: queued == .cancel)
        if core.wait(for: core.ended, until: Timekeeper.moment(after: timeout), while: { !$0.hasEnded }) { return true }
        core.close(cancelQueued: true)
        return false
    }
}
