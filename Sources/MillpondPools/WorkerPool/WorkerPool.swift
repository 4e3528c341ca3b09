/// Threads for work that would block a reactor, or keep it busy: bounded in number, with a bounded queue.
///
/// Threads start when there is work for them and end when there has been none for a while. Jobs begin in the order they
/// were submitted, each exactly once, unless they are reported as dropped or cancelled.
///
/// A job is a plain function on a thread: it may block. All it can do with its own pool is `submit`, which never waits;
/// so jobs that submit further ones cannot lock up a full pool, they get its answer at the bound. What a job may not do
/// is block until another job of the same pool has run.
///
/// A pool without references takes nothing more, runs what is queued and ends its threads.
public final class WorkerPool: Sendable {
    /// A job in a list of jobs. Functions as such would be wrapped anew each time they are taken from an array.
    public struct Job: Sendable {
        let body: @Sendable () throws -> Void

        public init(_ body: @escaping @Sendable () throws -> Void) {
            self.body = body
        }
    }

    /// What became of a job that was not refused.
    public enum Admission: Sendable, Equatable {
        /// It is in the queue.
        case queued
        /// It is in the queue, and the job that waited longest was dropped for it.
        case droppedOldest
        /// It was dropped.
        case dropped
        /// The submitter has run it.
        case ranInCaller
    }

    /// The pool for blocking work where none is named: 64 workers, 4096 jobs that wait up to 30 seconds for room, and
    /// no thread while it is idle. Stopping it is up to nobody but the program itself.
    public static let shared = WorkerPool(
        Options(name: "blocking", maximumWorkers: 64, atLimit: .wait(timeout: .seconds(30))))

    let core: WorkerPoolCore

    /// Makes a pool. No thread is started before the first job.
    ///
    /// Numbers out of bounds are brought into them: at least one worker and one place in the queue, no fewer workers at
    /// most than at least.
    public convenience init(_ options: Options = Options()) {
        self.init(options) { name, stackSize, body in PlatformThread.start(name, stackSize: stackSize, body) }
    }

    init(_ options: Options, start: @escaping WorkerPoolCore.Starter) {
        core = WorkerPoolCore(options, start: start)
    }

    deinit {
        core.close(cancelQueued: false)
    }

    /// How the pool was set up. What `resize` has changed since does not show.
    public var options: Options { core.options }

    /// Leaves a job to the workers. Never waits, except that it runs the job itself with `runInCaller`.
    ///
    /// What the job throws is counted as failed and told to `Options.onFailure`. From a job of the pool itself this is
    /// as good as from anywhere else.
    ///
    /// - Returns: what became of it: the pools that drop say so.
    /// - Throws: `queueFull` (with `fail` and `wait`), `stopped`, or `noThread` when not even one can be started.
    @discardableResult
    public func submit(_ job: @escaping @Sendable () throws -> Void) throws(WorkerPoolError) -> Admission {
        if core.submitQuickly(job) { return .queued }
        switch core.submit(.closure(job), mayWait: false) {
        case .queued, .waiting: return .queued
        case .droppedOldest: return .droppedOldest
        case .dropped: return .dropped
        case .runHere:
            core.runHere(job)
            return .ranInCaller
        case .refused(let error): throw error as? WorkerPoolError ?? .stopped
        }
    }

    /// Leaves several jobs to the workers at once: all of them, in their order, or none. Never waits.
    ///
    /// - Throws: `queueFull` when there is no room for all of them, whatever the pool does otherwise at the bound;
    ///   `stopped`, `noThread`.
    public func submit(contentsOf jobs: [Job]) throws(WorkerPoolError) {
        try core.submit(contentsOf: jobs)
    }

    /// Changes how many workers there may be.
    ///
    /// Jobs are not interrupted: surplus workers end as they finish what they run. More start as jobs need them. What
    /// is queued stays, in its order.
    public func resize(minimumWorkers: Int? = nil, maximumWorkers: Int? = nil) {
        core.resize(minimumWorkers, maximumWorkers)
    }
}
