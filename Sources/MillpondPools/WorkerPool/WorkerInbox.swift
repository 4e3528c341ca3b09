internal import Synchronization

/// Where submitted closures go as long as nothing is out of the ordinary: a short list with a lock of its own, so that
/// submitters and workers meet once for many jobs only.
///
/// Whoever has the pool's lock takes all of it into the queue, in order (`collect`). `room` is how many closures may
/// still come before that; it never exceeds what the bound leaves, and is 0 whenever a submission has more to decide.
@safe
final class WorkerInbox: @unchecked Sendable {
    // Sendable: `count` is atomic, `spare` under the pool's lock, the rest under `lock`, which is taken after that or
    // alone.

    static let capacity = 512

    private let lock = Lock()
    /// What is in it, for those who look without the lock.
    let count = Atomic<Int>(0)
    private var slots: UnsafeMutablePointer<QueuedJob>
    private var spare: UnsafeMutablePointer<QueuedJob>
    private var filled = 0
    private var room = 0
    /// Whether no worker will find what comes by itself. Changed under both locks, so readable under either.
    private(set) var calls = false
    /// The job whose time in the queue is being taken.
    private var sample: (index: Int, moment: Timekeeper.Moment)?
    private var passed: UInt64 = 0

    init() {
        unsafe slots = .allocate(capacity: Self.capacity)
        unsafe spare = .allocate(capacity: Self.capacity)
    }

    deinit {
        unsafe slots.deinitialize(count: filled)
        unsafe slots.deallocate()
        unsafe spare.deallocate()
    }

    enum Answer {
        case full
        case taken
        /// Taken, and no worker will find it by itself.
        case callWorker
    }

    /// Takes a job, if there is room.
    @inline(__always)
    func put(_ job: @escaping @Sendable () throws -> Void) -> Answer {
        lock.lockSpinning()
        guard room > 0, filled < Self.capacity else {
            lock.unlock()
            return .full
        }
        unsafe (slots + filled).initialize(to: .closure(job))
        passed &+= 1
        if passed & 15 == 0, sample == nil { sample = (filled, Timekeeper.now) }
        filled += 1
        room -= 1
        count.store(filled, ordering: .relaxed)
        let calls = calls
        lock.unlock()
        return calls ? .callWorker : .taken
    }

    /// Takes all jobs of a list, or none.
    func put(contentsOf jobs: [WorkerPool.Job]) -> Answer {
        lock.lockSpinning()
        guard room >= jobs.count, filled + jobs.count <= Self.capacity else {
            lock.unlock()
            return .full
        }
        for job in jobs {
            unsafe (slots + filled).initialize(to: .closure(job.body))
            filled += 1
        }
        if sample == nil, !jobs.isEmpty { sample = (filled - 1, Timekeeper.now) }
        passed &+= UInt64(jobs.count)
        room -= jobs.count
        count.store(filled, ordering: .relaxed)
        let calls = calls
        lock.unlock()
        return calls ? .callWorker : .taken
    }

    /// Moves what is here to the end of the queue. Under the pool's lock.
    ///
    /// - Parameter closing: admit nothing more until `open`.
    func collect(into state: inout WorkerPoolState, closing: Bool) {
        lock.lockSpinning()
        let count = filled
        let jobs = unsafe slots
        let sample = sample
        unsafe slots = unsafe spare
        unsafe spare = unsafe jobs
        filled = 0
        self.sample = nil
        self.count.store(0, ordering: .relaxed)
        if closing { room = 0 }
        lock.unlock()
        if let sample { state.sample(sample.index, sample.moment) }
        for index in 0..<count { state.push(unsafe (jobs + index).move()) }
    }

    /// Says how many jobs may come, counted with those that are here, and whether a worker is to be called for them.
    /// Under the pool's lock.
    ///
    /// - Returns: whether jobs are here already: their submitters were told what held before.
    @discardableResult
    func open(_ room: Int, calls: Bool) -> Bool {
        lock.lockSpinning()
        defer { lock.unlock() }
        self.room = max(0, room - filled)
        self.calls = calls
        return filled > 0
    }
}
