import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MillpondPools

@Suite("Worker pool: threads that cannot be had", .timeLimit(.minutes(5)))
struct WorkerPoolThreadTests {
    /// A system that gives out so many threads.
    final class Threads: Sendable {
        let left: Atomic<Int>

        init(_ count: Int) { left = Atomic(count) }

        func start(_ name: String, _ stackSize: Int?, _ body: @escaping @Sendable () -> Void) -> Int32 {
            if left.subtract(1, ordering: .relaxed).newValue < 0 { return EAGAIN }
            return PlatformThread.start(name, stackSize: stackSize, body)
        }
    }

    @Test("the system refuses a stack of that size: a typed error, for everything", arguments: [1 << 50, Int.max])
    func absurdStack(_ size: Int) async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2, atLimit: .wait(timeout: .seconds(60)), stackSize: size))
        let error = WorkerPoolError.noThread(errno: EAGAIN)
        #expect(throws: error) { try pool.submit {} }
        #expect(throws: error) { try pool.submit(contentsOf: [WorkerPool.Job {}, WorkerPool.Job {}]) }
        await #expect(throws: error) { try await pool.run {} }
        await #expect(throws: error) { try await pool.submitOrWait {} }
        await #expect(throws: error) {
            try await pool.withGroup(of: Void.self) { group in try await group.submitOrWait {} }
        }
        let statistics = pool.statistics()
        #expect(statistics.workers == 0 && statistics.queued == 0 && statistics.submitted == 0)
        #expect(statistics.refused == 6 && statistics.threadsRefused == 5 && statistics.threadsStarted == 0)
        #expect(await pool.stop(within: .seconds(10)))
    }

    @Test("threads refused at first: nothing is kept of the refused jobs, and the next one is done")
    func recovery() async throws {
        let threads = Threads(0)
        let pool = WorkerPool(.init(maximumWorkers: 2), start: threads.start)
        let ran = Counter()
        #expect(throws: WorkerPoolError.noThread(errno: EAGAIN)) { try pool.submit { ran.add() } }
        threads.left.store(1, ordering: .relaxed)
        #expect(try await pool.run { true })
        #expect(ran.value == 0)
        #expect(await pool.stop(within: .seconds(10)))
    }

    @Test("a further thread is refused: those that there are do all jobs, and more is tried later")
    func refusedFurtherThread() async throws {
        let threads = Threads(1)
        let pool = WorkerPool(.init(maximumWorkers: 4), start: threads.start)
        let gate = Gate()
        try await pool.occupy(gate)
        let ran = Counter()
        for _ in 0..<2000 { try pool.submit { ran.add() } }
        let busy = pool.statistics()
        #expect(busy.workers == 1 && busy.queued == 2000)
        // The first is refused at once, others after many submissions.
        #expect(busy.threadsRefused >= 1 && busy.threadsRefused < 20)
        threads.left.store(1, ordering: .relaxed)
        // The first worker is still held at the gate: another one has come for them.
        for _ in 0..<2000 { try pool.submit { ran.add() } }
        #expect(await eventually { ran.value == 4000 })
        #expect(pool.statistics().workers == 2)
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
    }
}
