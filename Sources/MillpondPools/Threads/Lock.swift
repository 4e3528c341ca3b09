internal import Glibc

/// A lock of the system's (`pthread_mutex_t`), which ThreadSanitizer sees through, as it does not through `Mutex`.
@safe
package struct Lock: ~Copyable, @unchecked Sendable {
    // Sendable: that is what a lock is for. The mutex needs an address that stays.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init() {
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    package func lock() {
        unsafe pthread_mutex_lock(mutex)
    }

    package func unlock() {
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Calls `body` while holding the lock.
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }
}
