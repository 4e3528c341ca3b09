internal import Synchronization

/// A job that somebody waits for, or that waits itself for room in the queue.
///
///     fresh ──▶ waiting ──▶ queued ──▶ running ──▶ over
///       └────────────────────▲ │
///       └──────────┴───────────┴───────────────────▲ (cancelled, late, dropped, stopped)
///
/// Only `queued ──▶ running` happens outside of the pool's lock, so it and what competes with it compare and exchange.
// Sound: the phase is atomic; the rest is under the pool's lock, or belongs to whoever set the phase to `running` or
// `over`, and to the submitter once that was resumed.
@safe
class WorkTicket: Linked, @unchecked Sendable {
    enum Phase {
        static let fresh: UInt8 = 0
        static let waiting: UInt8 = 1
        static let queued: UInt8 = 2
        static let running: UInt8 = 3
        static let over: UInt8 = 4
    }

    let phase = Atomic<UInt8>(Phase.fresh)
    /// Where it stands in the queue, unless a worker has it already.
    final var position: Int?
    /// Why it was over before it was submitted.
    final var reason: (any Error)?
    /// Resumes the submitter, when there is room for it or when it is done.
    final var submitter: UnsafeContinuation<Void, Never>?
    /// Why it did not get into the queue.
    final var refusal: (any Error)?
    final var previous: WorkTicket?
    final var next: WorkTicket?
    final var isLinked = false

    init() {
        unsafe submitter = nil
    }

    /// The group that it belongs to.
    var owner: AnyObject? { nil }

    /// Whether it may no longer enter the queue, because its group has been cancelled. Under the lock.
    var isUnwanted: Bool { false }

    /// What goes into the queue. Under the lock.
    var queued: QueuedJob { .ticket(self) }

    /// It has waited for room and is in the queue now. After the lock, perhaps after it was run.
    func wasAdmitted() {}

    /// Does the work and keeps what comes of it; false if it threw.
    func perform() -> Bool { true }

    /// Tells whoever waits that it is done. Once, after `perform`.
    func finish() {}

    /// Tells whoever waits that it is not run. Once, after the lock, instead of `perform` and `finish`.
    ///
    /// - Parameter isAdmitted: whether it had got into the queue.
    func discard(_ error: any Error, isAdmitted: Bool) {
        refusal = error
        resumeSubmitter()
    }

    /// Resumes the submitter, which looks at what has become of it after `wasResumed`. The runtime orders the two as
    /// well, but by means that ThreadSanitizer does not see.
    final func resumeSubmitter() {
        phase.bitwiseOr(0, ordering: .releasing)
        unsafe submitter?.resume()
    }

    final func wasResumed() {
        _ = phase.load(ordering: .acquiring)
    }

    /// Makes the caller the one who runs it. False if it is over.
    final func begin() -> Bool {
        phase.compareExchange(
            expected: Phase.queued, desired: Phase.running, ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// Ends it before it begins. Under the lock. False if it has begun, or is over.
    final func abandon() -> Bool {
        phase.compareExchange(
            expected: Phase.queued, desired: Phase.over, ordering: .acquiringAndReleasing
        ).exchanged
    }
}

/// A job in the queue.
enum QueuedJob {
    /// One that left the queue from its middle.
    case removed
    case closure(@Sendable () throws -> Void)
    case ticket(WorkTicket)

    /// Whether it ended, and its submitter knows, while it was in a worker's batch, from which nothing can be removed.
    var isOver: Bool {
        guard case .ticket(let ticket) = self else { return false }
        return ticket.phase.load(ordering: .acquiring) == WorkTicket.Phase.over
    }
}
