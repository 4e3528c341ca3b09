/// A thread whose end can be waited for.
package final class WaitableThread: Sendable {
    private final class Ending: Sendable {
        let isOver = Guarded(false)
        let changed = Condition()
    }

    /// The error number of `pthread_create`.
    package struct Refused: Error {
        package let code: Int32
    }

    private let ending: Ending

    /// Starts a thread that runs `body`.
    ///
    /// - Throws: `Refused`, when the system gives no thread.
    package init(_ name: String, _ body: sending @escaping () -> Void) throws(Refused) {
        let ending = Ending()
        self.ending = ending
        let code = PlatformThread.start(name) {
            body()
            ending.isOver.withLock { $0 = true }
            ending.changed.broadcast()
        }
        if code != 0 { throw Refused(code: code) }
    }

    /// Waits until `body` has returned. Any number of times, from any thread but itself.
    package func wait() {
        ending.isOver.lock.lock()
        defer { ending.isOver.lock.unlock() }
        while unsafe !ending.isOver.value.pointee { ending.changed.wait(ending.isOver.lock) }
    }
}
