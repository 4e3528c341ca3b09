import CAllocationCounter
import Glibc
import MillpondPools
import Synchronization
import Testing

/// Leaving a job to a worker allocates nothing beside the caller's closure, on either side.
@Suite(.enabled(if: Allocations.areCounted), .timeLimit(.minutes(5)))
struct WorkerAllocationTests {
    private static let ran = Atomic<Int>(0)
    private static let countOfWorker = Atomic<UInt64>(0)

    @Test func jobsWithoutCaptures() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 4096))
        var (submitter, worker) = (UInt64(0), UInt64(0))
        for round in 0..<60 {
            let (ours, theirs) = (allocation_count_of_thread(), Self.countOfWorker.load(ordering: .relaxed))
            for _ in 0..<2000 { try pool.submit { Self.ran.add(1, ordering: .relaxed) } }
            try pool.submit {
                Self.countOfWorker.store(allocation_count_of_thread(), ordering: .relaxed)
                Self.ran.add(1, ordering: .relaxed)
            }
            while Self.ran.load(ordering: .relaxed) < (round + 1) * 2001 { sched_yield() }
            // The ring has grown to its size by then.
            guard round >= 10 else { continue }
            submitter += allocation_count_of_thread() - ours
            worker += Self.countOfWorker.load(ordering: .relaxed) - theirs
        }
        // Without the optimizer a batch costs allocations of its own.
        let bound = _isDebugAssertConfiguration() ? 0.1 : 0.001
        #expect(Double(submitter) / 100_000 <= bound)
        #expect(Double(worker) / 100_000 <= bound)
        #expect(await pool.stop(within: .seconds(10)))
        #expect(pool.statistics().completed == UInt64(Self.ran.load(ordering: .relaxed)))
    }
}
