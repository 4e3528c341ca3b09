internal import CMillpond
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

    /// Locks, and spins for a moment first when another has it: for sections of well under a microsecond.
    @inline(__always)
    func lockSpinning() {
        for _ in 0..<Self.spins {
            if unsafe pthread_mutex_trylock(mutex) == 0 { return }
            millpond_spin_pause()
        }
        unsafe pthread_mutex_lock(mutex)
    }

    private static var spins: Int { 40 }

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
