internal import Synchronization

/// What a group's jobs and its scope share.
// Sound: what is not constant is behind the lock of `guarded`, or atomic.
@safe
final class WorkerGroupState<Output: Sendable>: @unchecked Sendable {
    enum Next {
        case done(Result<Output, any Error>)
        /// Nothing yet, after so many changes.
        case wait(seen: Int)
        case none
    }

    private struct Outcome {
        let index: Int
        let result: Result<Output, any Error>
        /// Whether it was not run because another job had thrown, whose error says more.
        var isConsequence = false
    }

    @safe
    private struct State {
        var submitted = 0
        var pending = 0
        /// What is done and was not taken, in the order it got done, and how much of it was.
        var done: [Outcome] = []
        var taken = 0
        /// How often `pending` has sunk.
        var changes = 0
        /// Whether it was the error of a job that cancelled the group.
        var isCancelledByError = false
        var continuation: UnsafeContinuation<Void, Never>?

        init() {
            unsafe continuation = nil
        }
    }

    private let core: WorkerPoolCore
    private let onError: WorkerPool.GroupErrors
    private let guarded = Guarded(State())
    private let cancelled = Atomic<Bool>(false)

    init(_ core: WorkerPoolCore, _ onError: WorkerPool.GroupErrors) {
        self.core = core
        self.onError = onError
    }

    // MARK: Jobs

    /// Makes a job a part of the group.
    func admit(_ work: @escaping @Sendable () throws -> Output) throws -> GroupTicket<Output> {
        try guarded.withLock { state in
            if isCancelled { throw CancellationError() }
            state.pending += 1
            state.submitted += 1
            return GroupTicket(work, self, state.submitted - 1)
        }
    }

    /// Takes back a job that the pool has refused.
    func withdraw() {
        guarded.withLock { state in
            state.pending -= 1
            state.changes += 1
        }
    }

    /// A job is done.
    func complete(_ index: Int, _ result: Result<Output, any Error>) {
        complete(Outcome(index: index, result: result))
    }

    /// A job has left the queue without being run.
    func completeUnrun(_ index: Int, _ error: any Error) {
        let isConsequence = error is CancellationError && guarded.withLock { $0.isCancelledByError }
        complete(Outcome(index: index, result: .failure(error), isConsequence: isConsequence))
    }

    private func complete(_ outcome: Outcome) {
        var isFailure = false
        if case .failure = outcome.result { isFailure = true }
        let continuation = unsafe guarded.withLock { state in
            state.pending -= 1
            state.changes += 1
            state.done.append(outcome)
            return unsafe state.continuation.take()
        }
        // After the error itself, which comes first, and before the scope is woken by it.
        if isFailure, onError == .cancelOthers { cancel(byError: true) }
        unsafe continuation?.resume()
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func cancel(byError: Bool = false) {
        let isFirst = guarded.withLock { state in
            guard !cancelled.exchange(true, ordering: .acquiringAndReleasing) else { return false }
            state.isCancelledByError = byError
            return true
        }
        if isFirst { core.cancelTickets(of: self, CancellationError()) }
    }

    // MARK: The scope

    /// How often jobs have got done so far; nil when none is left.
    var pendingSince: Int? { guarded.withLock { $0.pending > 0 ? $0.changes : nil } }

    func pop() -> Next {
        guarded.withLock { state in
            guard state.taken < state.done.count else { return state.pending > 0 ? .wait(seen: state.changes) : .none }
            let result = state.done[state.taken].result
            state.taken += 1
            if state.taken * 2 > state.done.count {
                state.done.removeFirst(state.taken)
                state.taken = 0
            }
            return .done(result)
        }
    }

    /// Resumes when a job has got done since there were `seen` changes.
    func wait(_ continuation: UnsafeContinuation<Void, Never>, _ seen: Int) {
        let isOver = guarded.withLock { state in
            if state.changes != seen { return true }
            unsafe state.continuation = continuation
            return false
        }
        if isOver { unsafe continuation.resume() }
    }

    /// The first error that nobody has had. All other results are gone then.
    ///
    /// What jobs were cancelled by comes before them, so if it is not here, it was reported: their own errors say
    /// nothing new.
    func takeError() -> (any Error)? {
        guarded.withLock { state in
            for outcome in state.done[state.taken...] where !outcome.isConsequence {
                guard case .failure(let error) = outcome.result else { continue }
                state.done = []
                state.taken = 0
                return error
            }
            return nil
        }
    }

    /// All results that nobody has had, in the order of their submission.
    func takeAll() throws -> [Output] {
        let done = guarded.withLock { state in
            defer {
                state.done = []
                state.taken = 0
            }
            return state.done[state.taken...].sorted { $0.index < $1.index }
        }
        return try done.map { try $0.result.get() }
    }
}
