internal import CMillpond
internal import Glibc

extension Lock {
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
}
