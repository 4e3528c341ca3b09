internal import Glibc
public import Synchronization

/// A lock for a few dozen instructions: one atomic exchange to take, a plain store to release.
///
/// Half the price of a mutex, whose release must find out whether somebody sleeps. Here nobody does: who finds it taken
/// tries again a few times, then lets other threads run, then sleeps for moments at a time, in case the holder has been
/// preempted. Not for anything that may wait while holding it. Source: test-and-test-and-set (Anderson, 1990).
@usableFromInline
struct BriefLock: ~Copyable {
    @usableFromInline let isTaken = Atomic<Bool>(false)

    @usableFromInline
    init() {}

    @inlinable
    @inline(__always)
    borrowing func lock() {
        if isTaken.exchange(true, ordering: .acquiring) { lockSlowly() }
    }

    @inlinable
    @inline(__always)
    borrowing func unlock() {
        isTaken.store(false, ordering: .releasing)
    }

    /// Orders what its holders have done before what follows, for a task that one of them has resumed. The runtime does
    /// so as well, in a library where ThreadSanitizer does not see it.
    @inline(__always)
    borrowing func synchronize() { _ = isTaken.load(ordering: .acquiring) }

    @usableFromInline
    @inline(never)
    borrowing func lockSlowly() {
        var attempts = 0
        repeat {
            while isTaken.load(ordering: .relaxed) {
                attempts += 1
                if attempts < 100 {
                    _spin()
                } else if attempts < 200 {
                    sched_yield()
                } else {
                    usleep(50)
                }
            }
        } while isTaken.exchange(true, ordering: .acquiring)
    }

    /// Leaves the cache line alone for a moment.
    @inline(__always)
    private borrowing func _spin() {
        for _ in 0..<8 { _ = isTaken.load(ordering: .relaxed) }
    }
}
