internal import Synchronization

/// One thread of a pool, and the jobs it has taken.
///
/// A worker that finds many jobs takes several at once. It begins them one by one without a lock (`claim`); others that
/// find nothing to do take some of them away, under the pool's lock. Both move `next`, which alone says who has what;
/// jobs are put in under the lock only, when all that were there have gone.
@safe
final class Worker: @unchecked Sendable {
    // Sendable: the counters and `next` are atomic; `end` changes under the pool's lock, by the worker's own thread,
    // which alone reads it without; everything else is under the lock.

    static let batchSize = 64

    let condition = Condition()
    /// Jobs that ended well, and that threw. Only the worker adds to them.
    let completed = Atomic<UInt64>(0)
    let failed = Atomic<UInt64>(0)

    private let claimed = Atomic<Int>(0)
    private var end = 0
    private var batch: UnsafeMutablePointer<QueuedJob>?
    /// How much of the state's `held` is due to this worker's batch.
    var held = 0

    /// Whether it was told to look for work and has not come yet.
    var isWoken = true
    /// How many jobs had been submitted when it last was on the lookout.
    var seen: UInt64 = 0
    var isOnLookout = false
    private var asked: Timekeeper.Moment = 0
    /// Its place in the set of all workers.
    fileprivate(set) var place = 0
    fileprivate(set) var previousIdle: Worker?
    fileprivate(set) var nextIdle: Worker?

    init() {
        unsafe batch = nil
    }

    deinit {
        unsafe batch?.deallocate()
    }

    /// Whether it was asked the same a moment ago already, and so has done its jobs since. Under the lock.
    func isQuick(_ now: Timekeeper.Moment) -> Bool {
        defer { asked = now }
        return now - asked < 50_000
    }

    /// Counts a job that has ended. The worker's own thread only.
    @inline(__always)
    func count(_ succeeded: Bool) {
        if succeeded {
            completed.store(completed.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        } else {
            failed.store(failed.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        }
    }

    /// The next job of the batch. The worker's own thread only.
    @inline(__always)
    func claim() -> QueuedJob? {
        guard end > 0, let batch = unsafe batch else { return nil }
        let index = claimed.add(1, ordering: .acquiringAndReleasing).oldValue
        return unsafe index < end ? (batch + index).move() : nil
    }

    /// Takes up to `count` jobs of a queue, to begin them later. Its own thread only, under the lock, with its batch
    /// at the end.
    func fill(_ count: Int, from queue: inout WorkerQueue) {
        end = 0
        guard count > 0 else { return }
        let batch = unsafe self.batch ?? .allocate(capacity: Self.batchSize)
        unsafe self.batch = unsafe batch
        while end < min(count, Self.batchSize), let job = queue.popFirst() {
            unsafe (batch + end).initialize(to: job)
            end += 1
        }
        claimed.store(0, ordering: .releasing)
        held = end
    }

    /// Takes jobs away that the worker has not begun: half of them, or all. Under the lock.
    ///
    /// - Parameter body: called with each, the oldest first.
    func lose(all: Bool, _ body: (QueuedJob) -> Void) {
        guard let batch = unsafe batch else { return }
        var first = claimed.load(ordering: .acquiring)
        while first < end {
            let count = all ? end - first : (end - first + 1) / 2
            let (exchanged, now) = claimed.compareExchange(
                expected: first, desired: first + count, ordering: .acquiringAndReleasing)
            if exchanged {
                for index in first..<(first + count) { body(unsafe (batch + index).move()) }
                return
            }
            first = now
        }
    }

    /// Jobs that it has taken and not begun. Under the lock.
    var unclaimed: Int { max(0, end - claimed.load(ordering: .acquiring)) }
}

/// The idle workers, the one that has been so for the shortest time first: it is woken first, and the others expire.
/// Under the pool's lock.
struct IdleWorkers {
    private(set) var first: Worker?
    private(set) var count = 0

    mutating func push(_ worker: Worker) {
        worker.nextIdle = first
        first?.previousIdle = worker
        first = worker
        count += 1
    }

    mutating func pop() -> Worker? {
        guard let worker = first else { return nil }
        remove(worker)
        return worker
    }

    /// Takes out a worker that is in the list.
    mutating func remove(_ worker: Worker) {
        if first === worker { first = worker.nextIdle }
        worker.previousIdle?.nextIdle = worker.nextIdle
        worker.nextIdle?.previousIdle = worker.previousIdle
        worker.previousIdle = nil
        worker.nextIdle = nil
        count -= 1
    }
}

/// Workers in no order, each of which knows its place. Under the pool's lock.
struct WorkerSet {
    private(set) var members: [Worker] = []

    mutating func insert(_ worker: Worker) {
        worker.place = members.count
        members.append(worker)
    }

    mutating func remove(_ worker: Worker) {
        let last = members.removeLast()
        guard last !== worker else { return }
        members[worker.place] = last
        last.place = worker.place
    }
}
