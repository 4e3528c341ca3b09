extension WorkerPool {
    /// What a pool has done and is doing.
    ///
    /// When nothing goes on, `submitted` is `completed` + `failed` + `dropped` + `cancelled`. A job is counted before
    /// whoever waits for it learns of it; otherwise sums may be off by what goes on meanwhile.
    public struct Statistics: Sendable, Equatable {
        /// Threads.
        public internal(set) var workers = 0
        /// Threads that wait or look for work.
        public internal(set) var idle = 0
        /// Workers that run jobs.
        public var running: Int { workers - idle }
        /// Jobs that wait for a worker.
        public internal(set) var queued = 0
        /// Submitters that wait for room in the queue.
        public internal(set) var waiting = 0
        /// Jobs admitted, whatever became of them.
        public internal(set) var submitted: UInt64 = 0
        /// Jobs that ran to their end.
        public internal(set) var completed: UInt64 = 0
        /// Jobs that threw.
        public internal(set) var failed: UInt64 = 0
        /// Jobs dropped at the bound.
        public internal(set) var dropped: UInt64 = 0
        /// Jobs that left the queue unrun: by cancellation, their deadline or the pool's stop.
        public internal(set) var cancelled: UInt64 = 0
        /// Jobs not admitted: no room, none before the deadline, no thread, or stopped.
        public internal(set) var refused: UInt64 = 0
        /// The most jobs that waited for a worker at a time.
        public internal(set) var queuedHighWater = 0
        /// The most threads at a time.
        public internal(set) var workersHighWater = 0
        /// Threads started so far.
        public internal(set) var threadsStarted: UInt64 = 0
        /// Threads that the system refused so far.
        public internal(set) var threadsRefused: UInt64 = 0
        /// Jobs whose time in the queue was taken: at most every 16th.
        public internal(set) var waitsMeasured: UInt64 = 0
        /// The sum of those times.
        public internal(set) var waitTime: Duration = .zero
        /// The longest of those times.
        public internal(set) var longestWait: Duration = .zero

        /// Mean time in the queue of the jobs whose time was taken.
        public var meanWait: Duration { waitsMeasured == 0 ? .zero : waitTime / Int(clamping: waitsMeasured) }
    }

    /// What the pool has done so far and does now. Takes the pool's lock for a time in proportion to the workers.
    public func statistics() -> Statistics {
        core.statistics()
    }
}
