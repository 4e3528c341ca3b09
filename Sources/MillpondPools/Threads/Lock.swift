package import Glibc

/// A lock of the system's (`pthread_mutex_t`), which ThreadSanitizer sees through, as it does not through `Mutex`.
@safe
package struct Lock: ~Copyable, @unchecked Sendable {
    // Sendable: that is what a lock is for. The mutex needs an address that stays.
    @usableFromInline let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    @inlinable
    package init() {
        unsafe pthread_mutex_init(mutex, nil)
    }

    @inlinable
    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    @inlinable
    package func lock() {
        unsafe pthread_mutex_lock(mutex)
    }

    @inlinable
    package func unlock() {
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Calls `body` while holding the lock.
    @inlinable
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }
}
