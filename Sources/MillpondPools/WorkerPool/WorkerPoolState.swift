internal import Synchronization

/// What a pool's threads share: everything here is under its lock.
struct WorkerPoolState: ~Copyable {
    let queueLimit: Int
    /// Workers that may be on their way to look for work at a time. Many more would find no core to run on.
    let wakeLimit: Int

    var minimum: Int
    var maximum: Int
    var isStopping = false

    var queue = WorkerQueue()
    /// Submitters for whose jobs the queue has no room. While there are any, nobody overtakes them.
    var waiters = LinkedQueue<WorkTicket>()
    var workers = WorkerSet()
    var idle = IdleWorkers()
    /// Workers that took several jobs at once and have not come back since, in the order they took them.
    var holders: [Worker] = []
    /// Jobs in batches that were not begun; at most too many by those begun since.
    var held = 0
    /// Jobs that workers have taken from the queue so far.
    private var taken: UInt64 = 0
    /// Jobs at the queue's head that have waited in a batch for too long. They are taken one by one.
    private var overdue = 0
    /// Workers that poll for work, and those told to look for it that have not come yet.
    var spinning = 0
    var waking = 0
    /// Submissions for which no further thread is tried, after the system has refused one.
    var threadPause = 0
    /// Tasks that wait for the last worker to go.
    var stoppers: [WorkerPoolStopper] = []

    var counts = WorkerPool.Statistics()
    /// Workers without work that come back by themselves in a moment.
    var lookouts = IdleWorkers()
    private var sampled: (position: Int, moment: Timekeeper.Moment)?

    init(_ options: WorkerPool.Options) {
        queueLimit = max(1, options.queueLimit)
        wakeLimit = 4 * WorkerPool.Options.cores
        maximum = max(1, options.maximumWorkers)
        minimum = min(max(0, options.minimumWorkers), maximum)
    }

    // MARK: The queue

    /// Whether the queue has no room, as far as is known without `recall`.
    var isFull: Bool { queue.count + held >= queueLimit || !waiters.isEmpty }

    var hasWork: Bool { queue.count > 0 || !holders.isEmpty }

    /// How many jobs may be queued without anything else to decide.
    var room: Int {
        isStopping || workers.members.isEmpty || !waiters.isEmpty ? 0 : max(0, queueLimit - queue.count - held)
    }

    /// Workers that run jobs.
    var running: Int { workers.members.count - idle.count - lookouts.count - spinning - waking }

    /// Whether a submitter has to call a worker: there is one to call, and none that would come by itself soon.
    var needsCall: Bool {
        spinning == 0 && waking == 0 && lookouts.count == 0
            && (idle.count > 0 || workers.members.count < maximum)
    }

    /// Puts a job at the end of the queue.
    mutating func push(_ job: consuming QueuedJob) {
        counts.submitted &+= 1
        queue.append(job)
        let queued = queue.count + held
        if queued > counts.queuedHighWater { counts.queuedHighWater = queued }
    }

    /// Notes when a job was submitted that is to be pushed after `index` others, unless another's time is being taken.
    mutating func sample(_ index: Int, _ moment: Timekeeper.Moment) {
        if sampled == nil { sampled = (queue.tail + index, moment) }
    }

    /// Takes back what workers have taken and not begun, so that the queue's count is exact.
    mutating func recall() {
        sampled = nil
        for worker in holders.reversed() {
            held -= worker.held
            worker.held = 0
            var jobs: [QueuedJob] = []
            worker.lose(all: true) { if !$0.isOver { jobs.append($0) } }
            for job in jobs.reversed() { queue.prepend(job) }
            if overdue > 0 { overdue += jobs.count }
        }
        holders = []
    }

    /// How many times as many jobs as are its share may be taken before a worker has begun its own.
    private static let patience = 8

    /// Takes back the oldest batch if its worker is stuck.
    private mutating func recallOverdue() {
        while overdue == 0, let worker = holders.first, taken > worker.patience {
            var jobs: [QueuedJob] = []
            worker.lose(all: true) { if !$0.isOver { jobs.append($0) } }
            forget(worker)
            for job in jobs.reversed() { queue.prepend(job) }
            overdue = jobs.count
        }
    }

    /// Lets those who wait for room put their jobs into the queue. The caller tells them after the lock.
    mutating func admitWaiters(_ admitted: inout [WorkTicket]) {
        while let ticket = waiters.first, queue.count + held < queueLimit {
            waiters.remove(ticket)
            ticket.phase.store(WorkTicket.Phase.queued, ordering: .releasing)
            push(ticket.queued)
            admitted.append(ticket)
        }
    }

    // MARK: Workers

    /// Calls all idle workers. The caller signals them after the lock.
    mutating func wakeAll() -> [Worker] {
        var woken: [Worker] = []
        while let worker = idle.pop() {
            worker.isWoken = true
            waking += 1
            woken.append(worker)
        }
        return woken
    }

    /// Finds jobs for a worker that has none: from the queue, or from another's batch. The rest of them, if any, is in
    /// the worker's batch.
    mutating func take(_ worker: Worker) -> QueuedJob? {
        recallOverdue()
        if let job = queue.popFirst() {
            // A fair share, so that jobs wait behind others only as long as all workers are busy anyway.
            // With submitters waiting for its end, only of jobs that are done in no time.
            let isFree = overdue == 0 && (waiters.isEmpty || worker.isQuick(Timekeeper.now))
            let share = isFree ? min(queue.count / maximum, Worker.batchSize) : 0
            overdue = max(0, overdue - 1)
            worker.fill(share, from: &queue)
            taken &+= UInt64(1 + worker.held)
            worker.patience = taken &+ UInt64(Self.patience * (1 + worker.held) * maximum)
            note(worker, at: holders.count)
            measureWait()
            return job
        }
        return steal(worker)
    }

    private mutating func steal(_ worker: Worker) -> QueuedJob? {
        overdue = 0
        while let victim = holders.first {
            var stolen = 0
            victim.lose(all: false) { job in
                if !job.isOver { queue.append(job) }
                stolen += 1
            }
            if victim.unclaimed == 0 { forget(victim) } else { reduce(victim, by: stolen) }
            if let job = queue.popFirst() {
                worker.fill(queue.count, from: &queue)
                // The jobs have waited since the victim took them.
                worker.patience = victim.patience
                note(worker, at: holders.first === victim ? 1 : 0)
                return job
            }
        }
        return nil
    }

    private mutating func note(_ worker: Worker, at index: Int) {
        guard worker.held > 0 else { return }
        held += worker.held
        holders.insert(worker, at: index)
    }

    private mutating func reduce(_ worker: Worker, by count: Int) {
        worker.held -= count
        held -= count
    }

    /// A worker's batch is at its end.
    mutating func forget(_ worker: Worker) {
        guard worker.held > 0 else { return }
        reduce(worker, by: worker.held)
        if let index = holders.firstIndex(where: { $0 === worker }) { holders.remove(at: index) }
    }

    private mutating func measureWait() {
        guard let sampled, queue.head > sampled.position else { return }
        self.sampled = nil
        let wait = Duration.nanoseconds(Int64(clamping: Timekeeper.now - sampled.moment))
        counts.waitsMeasured += 1
        counts.waitTime += wait
        if wait > counts.longestWait { counts.longestWait = wait }
    }
}
