internal import CMillpond
internal import Glibc
internal import MillpondPools

/// A thread with a name, to be joined.
// Sound: `thread` is written before the thread is known to anyone, and what has been joined is behind a lock.
@safe
final class StoreThread: @unchecked Sendable {
    private final class Start {
        let name: String
        let body: () -> Void
        init(name: String, body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private var thread = pthread_t()
    private let isJoined = Guarded(false)

    init(_ name: String, _ body: @escaping () -> Void) throws(StoreError) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe mp_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            throw StoreError(.database, "pthread_create: \(DataFolder.text(code))")
        }
    }

    /// Waits until the thread has ended. Any number of times, from any thread but itself.
    func join() {
        isJoined.withLock { isJoined in
            if !isJoined { pthread_join(thread, nil) }
            isJoined = true
        }
    }
}
