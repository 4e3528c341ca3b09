internal import Glibc

/// What threads that hold a ``Lock`` wait on, until another has changed what it guards.
@safe
package struct Condition: ~Copyable, @unchecked Sendable {
    // Sendable: made for threads to share. It needs an address that stays.
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }

    /// Gives the lock up, waits for a signal, and has the lock again. May return without a signal.
    package func wait(_ lock: borrowing Lock) {
        unsafe pthread_cond_wait(condition, lock.mutex)
    }

    /// The same, until `moment` of ``Timekeeper`` at the latest; false when that has come.
    package func wait(_ lock: borrowing Lock, until moment: Timekeeper.Moment) -> Bool {
        var time = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
        return unsafe pthread_cond_timedwait(condition, lock.mutex, &time) == 0
    }

    package func signal() {
        unsafe pthread_cond_signal(condition)
    }

    package func broadcast() {
        unsafe pthread_cond_broadcast(condition)
    }
}
