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
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    public func sleep(for duration: Duration) async throws {
        try await sleep(Sleeper(), for: duration) { false }
    }

    /// Suspends until the time has passed, the sleeper is woken, or at once when `isDone` says that there is nothing to
    /// wait for any more.
    func sleep(_ sleeper: Sleeper, for duration: Duration, unless isDone: () -> Bool) async throws {
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

    private func cancel(_ sleeper: Sleeper) {
        if isCurrent { sleeper.cancel() } else { _ = mailbox.post(.cancelSleep(sleeper)) }
    }

    /// Traps, with a message, when the caller is on another thread: a programmer's error that would corrupt state.
    func preconditionIsCurrent(_ function: StaticString = #function) {
        if !isCurrent { fatalError("\(function) must be called on the thread of reactor \(index)") }
    }
}
