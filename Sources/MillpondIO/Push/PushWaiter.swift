/// Somebody who waits for the other side of a push queue. Everything here is changed under the queue's lock;
/// `resume` is called outside it, by whoever changed `outcome`.
///
///     waiting ──▶ ready | timedOut | cancelled
// Sendable: everything here is changed under the queue's lock, and `resume` is called by whoever changed `outcome`.
@safe
final class PushWaiter: @unchecked Sendable {
    enum Side { case consumer, producer }
    enum Outcome { case waiting, ready, timedOut, cancelled }

    let side: Side
    var outcome = Outcome.waiting
    private var continuation: UnsafeContinuation<Void, Never>?
    private let callback: (@Sendable () -> Void)?

    /// A task on `side`.
    init(_ side: Side) {
        self.side = side
        unsafe continuation = nil
        callback = nil
    }

    /// A producer without a task.
    init(_ callback: @escaping @Sendable () -> Void) {
        side = .producer
        unsafe continuation = nil
        self.callback = callback
    }

    func hold(_ continuation: UnsafeContinuation<Void, Never>) { unsafe self.continuation = continuation }

    /// Outside the lock, once.
    func resume() {
        unsafe continuation?.resume()
        callback?()
    }
}
