import Glibc
import MillpondPools
import TestSupport
import Testing

/// Holds jobs back until a test lets them go on.
// Sound: a semaphore is made for threads to share; it lies at an address that stays.
@safe
final class Gate: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { unsafe sem_init(semaphore, 0, 0) }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    /// Blocks the thread until there is an opening for it.
    func pass() {
        while unsafe sem_wait(semaphore) != 0 {}
    }

    /// Lets so many pass.
    func open(_ count: Int = 1) {
        for _ in 0..<count { unsafe sem_post(semaphore) }
    }
}

extension WorkerPool {
    /// Has `count` workers wait at the gate, and returns when all of them do.
    func occupy(_ gate: Gate, _ count: Int = 1) async throws {
        let arrived = Counter()
        for _ in 0..<count {
            try submit {
                arrived.add()
                gate.pass()
            }
        }
        #expect(await eventually { arrived.value == count })
    }
}
