import MillpondPools
import TestSupport
import Testing

@Suite("Worker pool: cancelling and stopping", .timeLimit(.minutes(5)))
struct WorkerPoolCancellationTests {
    @Test("a cancelled task takes its job out of the queue, which makes room for those who wait")
    func cancelQueued() async throws {
        let (gate, ran) = (Gate(), Recorder())
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 1, atLimit: .wait(timeout: .seconds(60))))
        try await pool.occupy(gate)
        let queued = Task { try await pool.run { ran.append(1) } }
        #expect(await eventually { pool.statistics().queued == 1 })
        let waiting = Task { try await pool.run { ran.append(2) } }
        #expect(await eventually { pool.statistics().waiting == 1 })
        let late = Task { try await pool.submitOrWait { ran.append(3) } }
        #expect(await eventually { pool.statistics().waiting == 2 })
        late.cancel()
        await #expect(throws: CancellationError.self) { _ = try await late.value }
        queued.cancel()
        await #expect(throws: CancellationError.self) { try await queued.value }
        #expect(pool.statistics().queued == 1 && pool.statistics().waiting == 0)
        gate.open()
        try await waiting.value
        #expect(ran.values == [2])
        #expect(pool.statistics().cancelled == 1 && pool.statistics().refused == 1)
    }

    @Test("work that has begun is done to its end, and its result is returned")
    func cancelRunning() async throws {
        let (gate, began) = (Gate(), Counter())
        let pool = WorkerPool(.init(maximumWorkers: 1))
        let task = Task {
            try await pool.run { () -> Int in
                began.add()
                gate.pass()
                return 7
            }
        }
        #expect(await eventually { began.value == 1 })
        task.cancel()
        gate.open()
        #expect(try await task.value == 7)
        #expect(pool.statistics().cancelled == 0)
    }

    @Test("a task that is cancelled already submits nothing")
    func cancelledBefore() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1))
        let ran = Counter()
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            try await pool.run { ran.add() }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ran.value == 0 && pool.statistics().submitted == 0)
    }

    @Test("a job in the batch of a busy worker can be cancelled as well")
    func cancelInBatch() async throws {
        let (first, second) = (Gate(), Gate())
        let pool = WorkerPool(.init(maximumWorkers: 1))
        try await pool.occupy(first)
        let (begun, ran) = (Counter(), Counter())
        try pool.submit {
            begun.add()
            second.pass()
        }
        let tasks = (0..<8).map { _ in Task { try await pool.run { ran.add() } } }
        #expect(await eventually { pool.statistics().queued == 9 })
        first.open()
        #expect(await eventually { begun.value == 1 })
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
        second.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.value == 0 && pool.statistics().cancelled == 8)
    }

    // MARK: Stopping

    @Test("a stopped pool answers with an error, to everything")
    func stopped() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2))
        #expect(try await pool.run { true })
        #expect(await pool.stop(within: .seconds(10)))
        #expect(throws: WorkerPoolError.stopped) { try pool.submit {} }
        #expect(throws: WorkerPoolError.stopped) { try pool.submit(contentsOf: [WorkerPool.Job {}]) }
        await #expect(throws: WorkerPoolError.stopped) { try await pool.submitOrWait {} }
        await #expect(throws: WorkerPoolError.stopped) { try await pool.run {} }
        await #expect(throws: WorkerPoolError.stopped) {
            try await pool.withGroup(of: Int.self) { group in try group.submit { 1 } }
        }
        #expect(await pool.stop(within: .seconds(10)))
        #expect(pool.stopBlocking(within: .seconds(10)))
        #expect(pool.statistics().workers == 0)
    }

    @Test("stopping does the queued work, but refuses those who wait for room")
    func stopFinishing() async throws {
        let (gate, ran) = (Gate(), Counter())
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 3, atLimit: .wait(timeout: .seconds(60))))
        try await pool.occupy(gate)
        for _ in 0..<3 { try pool.submit { ran.add() } }
        let waiting = Task { try await pool.run { ran.add() } }
        #expect(await eventually { pool.statistics().waiting == 1 })
        async let isOver = pool.stop(within: .seconds(20))
        await #expect(throws: WorkerPoolError.stopped) { try await waiting.value }
        gate.open()
        #expect(await isOver)
        #expect(ran.value == 3)
    }

    @Test("stopping by choice cancels the queued work, whose waiters learn of it")
    func stopCancelling() async throws {
        let (gate, ran) = (Gate(), Counter())
        let pool = WorkerPool(.init(maximumWorkers: 1))
        try await pool.occupy(gate)
        for _ in 0..<3 { try pool.submit { ran.add() } }
        let queued = Task { try await pool.run { ran.add() } }
        #expect(await eventually { pool.statistics().queued == 4 })
        async let isOver = pool.stop(within: .seconds(20), queued: .cancel)
        await #expect(throws: WorkerPoolError.stopped) { try await queued.value }
        gate.open()
        #expect(await isOver)
        #expect(ran.value == 0 && pool.statistics().cancelled == 4)
    }

    @Test("at the deadline the rest is cancelled; a job that runs is not")
    func stopDeadline() async throws {
        let (gate, ran) = (Gate(), Counter())
        let pool = WorkerPool(.init(maximumWorkers: 1))
        try await pool.occupy(gate)
        try pool.submit { ran.add() }
        #expect(await pool.stop(within: .milliseconds(10)) == false)
        #expect(pool.statistics().cancelled == 1 && pool.statistics().running == 1)
        #expect(pool.stopBlocking(within: .milliseconds(10)) == false)
        gate.open()
        #expect(await pool.stop(within: .seconds(20)))
        #expect(ran.value == 0)
    }

    @Test("cancelling the task that stops is as good as the deadline")
    func stopCancelled() async throws {
        let gate = Gate()
        let pool = WorkerPool(.init(maximumWorkers: 1))
        try await pool.occupy(gate)
        let task = Task { await pool.stop(within: .seconds(1000)) }
        task.cancel()
        #expect(await task.value == false)
        gate.open()
    }

    @Test("a pool that nobody refers to does what is queued and ends its threads")
    func abandoned() async throws {
        let (gate, ran) = (Gate(), Counter())
        do {
            let pool = WorkerPool(.init(maximumWorkers: 1))
            try await pool.occupy(gate)
            for _ in 0..<10 { try pool.submit { ran.add() } }
        }
        gate.open()
        #expect(await eventually { ran.value == 10 })
    }
}
