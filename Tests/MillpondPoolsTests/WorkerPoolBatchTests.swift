import MillpondPools
import TestSupport
import Testing

@Suite("Worker pool: jobs in the batch of a busy worker", .timeLimit(.minutes(5)))
struct WorkerPoolBatchTests {
    /// Queues a job that waits at `gate`, then what `submit` submits, `count` jobs; returns when the pool's only worker
    /// is in that job and has the others in its batch.
    private static func batch(
        in pool: WorkerPool, behind gate: Gate, _ count: Int, _ submit: () throws -> Void
    ) async throws {
        let (first, begun) = (Gate(), Counter())
        try await pool.occupy(first)
        try pool.submit {
            begun.add()
            gate.pass()
        }
        try submit()
        #expect(await eventually { pool.statistics().queued == 1 + count })
        first.open()
        #expect(await eventually { begun.value == 1 })
    }

    @Test("one that was cancelled, or was late, is not dropped as well when room is needed")
    func dropAfterCancel() async throws {
        let (gate, ran) = (Gate(), Counter())
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 5, atLimit: .dropOldest))
        var cancelled: [Task<Void, any Error>] = []
        try await Self.batch(in: pool, behind: gate, 3) {
            for _ in 0..<2 { cancelled.append(Task { try await pool.run { ran.add() } }) }
            try pool.submit { ran.add() }
        }
        for task in cancelled {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        let answers = try (0..<8).map { _ in try pool.submit { ran.add() } }
        #expect(answers == Array(repeating: .queued, count: 4) + Array(repeating: .droppedOldest, count: 4))
        let statistics = pool.statistics()
        #expect(statistics.queued == 5 && statistics.dropped == 4 && statistics.cancelled == 2)
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.value == 5)
    }

    @Test("one that ended early gives its place back")
    func roomAfterCancel() async throws {
        let (gate, ran) = (Gate(), Counter())
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 4, atLimit: .wait(timeout: .seconds(60))))
        var tasks: [Task<Void, any Error>] = []
        try await Self.batch(in: pool, behind: gate, 3) {
            for _ in 0..<3 { tasks.append(Task { try await pool.run { ran.add() } }) }
        }
        for task in tasks {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(pool.statistics().queued == 0)
        for _ in 0..<4 { try pool.submit { ran.add() } }
        #expect(throws: WorkerPoolError.queueFull(limit: 4)) { try pool.submit { ran.add() } }
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.value == 4 && pool.statistics().cancelled == 3)
    }

    @Test("when one ends early, a submitter that waits for room gets its place")
    func roomForWaiter() async throws {
        let (gate, ran) = (Gate(), Counter())
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 4, atLimit: .wait(timeout: .seconds(60))))
        var tasks: [Task<Void, any Error>] = []
        try await Self.batch(in: pool, behind: gate, 3) {
            for _ in 0..<3 { tasks.append(Task { try await pool.run(timeout: .seconds(60)) { ran.add() } }) }
        }
        try pool.submit { ran.add() }
        // The queue is full; in some order these find room as the tasks are cancelled, before the worker comes back.
        let waiting = (0..<3).map { _ in Task { try await pool.submitOrWait { ran.add() } } }
        #expect(await eventually { pool.statistics().waiting == 3 })
        for task in tasks { task.cancel() }
        for task in waiting { #expect(try await task.value == .queued) }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.value == 4)
    }

    @Test("those behind a job that blocks are begun by others although the queue never runs empty")
    func overtaking() async throws {
        let (gate, long) = (Gate(), Gate())
        let pool = WorkerPool(.init(maximumWorkers: 2, queueLimit: 10_000))
        try await pool.occupy(gate, 2)
        let (begun, early, late) = (Counter(), Counter(), Counter())
        try pool.submit {
            begun.add()
            long.pass()
        }
        for _ in 0..<100 { try pool.submit { early.add() } }
        gate.open()
        #expect(await eventually { begun.value == 1 })
        // One worker blocks now with a batch behind it, the other one is at the gate still.
        let overtaken = Recorder()
        @Sendable func again() {
            late.add()
            if late.value == 2000 { overtaken.append(100 - early.value) }
            if late.value < 2000 { _ = try? pool.submit { again() } }
        }
        for _ in 0..<50 { try pool.submit { again() } }
        gate.open()
        #expect(await eventually { overtaken.values.count == 1 })
        #expect(overtaken.values == [0])
        long.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(early.value == 100)
    }
}
