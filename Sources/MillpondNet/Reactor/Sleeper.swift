internal import CMillpond

/// A task that waits for a time.
// Sound: its fields are used on its reactor's thread only; it is Sendable so that a cancellation can name it.
@safe
final class Sleeper: ReactorResource, @unchecked Sendable {
    @safe @exclusivity(unchecked) var continuation: UnsafeContinuation<Void, Never>?
    @safe @exclusivity(unchecked) private(set) var isCancelled = false

    override func timerFired() {
        wake()
    }

    func cancel() {
        isCancelled = true
        wake()
    }

    private func wake() {
        if let waiter = continuation {
            continuation = nil
            unsafe waiter.resume()
        }
    }
}

extension Reactor {
    /// Suspends the calling task, which must run on this reactor, for at least the given time.
    ///
    /// - Throws: `CancellationError` when the task is cancelled, or the reactor stops.
    public func sleep(for duration: Duration) async throws {
        try await sleep(Sleeper(), for: duration) { false }
    }

    /// Suspends until the time has passed, the sleeper is woken, or at once when `isDone` says that there is nothing to
    /// wait for any more.
    func sleep(_ sleeper: Sleeper, for duration: Duration, unless isDone: () -> Bool) async throws {
        // A task that prefers a reactor that has stopped runs wherever it is resumed.
        if !isCurrent, mailbox.isClosed { throw CancellationError() }
        preconditionIsCurrent()
        try Task.checkCancellation()
        // The turn may be old by now, and a sleep must not be short.
        timers.arm(sleeper, at: mp_monotonic_nanoseconds() &+ duration.clampedNanoseconds)
        await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                if sleeper.isCancelled || isDone() {
                    unsafe continuation.resume()
                } else {
                    unsafe sleeper.continuation = continuation
                }
            }
        } onCancel: {
            self.cancel(sleeper)
        }
        timers.cancel(sleeper)
        if sleeper.isCancelled { throw CancellationError() }
    }

    /// The reactor stops: tasks that sleep get a `CancellationError`, for nobody would wake them any more. One that
    /// sleeps again and again all the same is left at some time, until it is cancelled. False when none was woken.
    func wakeSleepers() -> Bool {
        let isLeaving = wakingRounds == Self.wakingRoundLimit
        var hasWoken = false
        for case let sleeper as Sleeper in timers.entries() {
            timers.cancel(sleeper)
            if isLeaving { continue }
            sleeper.cancel()
            hasWoken = true
        }
        if hasWoken { wakingRounds += 1 }
        return hasWoken
    }

    private static let wakingRoundLimit = 1000

    private func cancel(_ sleeper: Sleeper) {
        // Sound: the thread of a reactor that has stopped touches no sleeper any more.
        if isCurrent || !mailbox.post(.cancelSleep(sleeper)) { sleeper.cancel() }
    }

    /// Traps, with a message, when the caller is on another thread: a programmer's error that would corrupt state.
    func preconditionIsCurrent(_ function: StaticString = #function) {
        if !isCurrent { fatalError("\(function) must be called on the thread of reactor \(index)") }
    }
}
