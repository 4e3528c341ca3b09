import MillpondPools
import TestSupport
import Testing

@Suite("Worker pool: at the bound", .timeLimit(.minutes(5)))
struct WorkerPoolLimitTests {
    /// A pool of one worker, which is busy, and of two places in the queue, which are taken by jobs 0 and 1.
    static func fullPool(
        _ limit: WorkerPool.Options.Limit, _ gate: Gate, _ ran: Recorder
    ) async throws -> WorkerPool {
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 2, atLimit: limit))
        try await pool.occupy(gate)
        for number in 0..<2 { #expect(try pool.submit { ran.append(number) } == .queued) }
        return pool
    }

    @Test("fail: a typed error, for submit, run and submitOrWait")
    func fail() async throws {
        let (gate, ran) = (Gate(), Recorder())
        let pool = try await Self.fullPool(.fail, gate, ran)
        let full = WorkerPoolError.queueFull(limit: 2)
        #expect(throws: full) { try pool.submit { ran.append(2) } }
        await #expect(throws: full) { try await pool.submitOrWait { ran.append(3) } }
        await #expect(throws: full) { try await pool.run { ran.append(4) } }
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.values == [0, 1])
        #expect(pool.statistics().refused == 3)
    }

    @Test("wait: served in their order as room appears; submit does not wait")
    func wait() async throws {
        let (gate, ran) = (Gate(), Recorder())
        let pool = try await Self.fullPool(.wait(timeout: .seconds(60)), gate, ran)
        #expect(throws: WorkerPoolError.self) { try pool.submit { ran.append(-1) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 2..<40 {
                group.addTask {
                    if number % 2 == 0 {
                        try await pool.submitOrWait { ran.append(number) }
                    } else {
                        try await pool.run { ran.append(number) }
                    }
                }
                #expect(await eventually { pool.statistics().waiting == number - 1 })
            }
            gate.open()
            try await group.waitForAll()
        }
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.values == Array(0..<40))
        let statistics = pool.statistics()
        #expect(statistics.waiting == 0 && statistics.completed == 41 && statistics.queuedHighWater == 2)
    }

    @Test("wait: the deadline ends it, with nothing run")
    func deadline() async throws {
        let (gate, ran) = (Gate(), Recorder())
        let pool = try await Self.fullPool(.wait(timeout: .milliseconds(20)), gate, ran)
        await #expect(throws: WorkerPoolError.timedOut(waited: .milliseconds(20))) {
            try await pool.submitOrWait { ran.append(2) }
        }
        await #expect(throws: WorkerPoolError.timedOut(waited: .milliseconds(20))) {
            try await pool.run { ran.append(3) }
        }
        await #expect(throws: WorkerPoolError.timedOut(waited: .milliseconds(5))) {
            try await pool.run(timeout: .milliseconds(5)) { ran.append(4) }
        }
        #expect(pool.statistics().waiting == 0)
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.values == [0, 1])
        #expect(pool.statistics().refused == 3)
    }

    @Test("a deadline for the begin takes a queued job out")
    func beginDeadline() async throws {
        let gate = Gate()
        let pool = WorkerPool(.init(maximumWorkers: 1))
        try await pool.occupy(gate)
        let ran = Counter()
        await #expect(throws: WorkerPoolError.timedOut(waited: .milliseconds(5))) {
            try await pool.run(timeout: .milliseconds(5)) { ran.add() }
        }
        #expect(pool.statistics().queued == 0)
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.value == 0)
        // On a busy machine the deadline may come before the job is in the queue.
        #expect(pool.statistics().cancelled + pool.statistics().refused == 1)
    }

    @Test("drop oldest: the one that waited longest goes, and its waiter learns of it")
    func dropOldest() async throws {
        let (gate, ran) = (Gate(), Recorder())
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 2, atLimit: .dropOldest))
        try await pool.occupy(gate)
        let waiter = Task { try await pool.run { ran.append(0) } }
        #expect(await eventually { pool.statistics().queued == 1 })
        #expect(try pool.submit { ran.append(1) } == .queued)
        #expect(try pool.submit { ran.append(2) } == .droppedOldest)
        await #expect(throws: WorkerPoolError.dropped) { try await waiter.value }
        #expect(try pool.submit { ran.append(3) } == .droppedOldest)
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.values == [2, 3])
        let statistics = pool.statistics()
        #expect(statistics.dropped == 2 && statistics.submitted == 5 && statistics.completed == 3)
    }

    @Test("drop newest: the submitted one goes, and its submitter learns of it")
    func dropNewest() async throws {
        let (gate, ran) = (Gate(), Recorder())
        let pool = try await Self.fullPool(.dropNewest, gate, ran)
        #expect(try pool.submit { ran.append(2) } == .dropped)
        #expect(try await pool.submitOrWait { ran.append(3) } == .dropped)
        await #expect(throws: WorkerPoolError.dropped) { try await pool.run { ran.append(4) } }
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.values == [0, 1])
        #expect(pool.statistics().dropped == 3)
    }

    @Test("run in caller: the submitter does it itself, and its errors are counted")
    func runInCaller() async throws {
        let (gate, ran) = (Gate(), Recorder())
        let pool = try await Self.fullPool(.runInCaller, gate, ran)
        #expect(try pool.submit { ran.append(2) } == .ranInCaller)
        #expect(try pool.submit { throw Refusal() } == .ranInCaller)
        #expect(try await pool.run { 5 } == 5)
        await #expect(throws: Refusal.self) { try await pool.run { throw Refusal() } }
        #expect(ran.values == [2])
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
        let statistics = pool.statistics()
        #expect(ran.values == [2, 0, 1])
        #expect(statistics.completed == 5 && statistics.failed == 2 && statistics.submitted == 7)
    }

    @Test("a batch that a worker has taken counts against the bound", arguments: [1, 2, 64, 200])
    func exactBound(_ limit: Int) async throws {
        let (first, second) = (Gate(), Gate())
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: limit))
        try await pool.occupy(first)
        // The worker takes the queue in batches; it blocks in the first job of the first of them.
        let begun = Counter()
        try pool.submit {
            begun.add()
            second.pass()
        }
        let ran = Counter()
        for _ in 1..<limit { try pool.submit { ran.add() } }
        first.open()
        #expect(await eventually { begun.value == 1 })
        #expect(pool.statistics().queued == limit - 1)
        try pool.submit { ran.add() }
        #expect(throws: WorkerPoolError.queueFull(limit: limit)) { try pool.submit { ran.add() } }
        #expect(pool.statistics().queued == limit)
        second.open()
        #expect(await pool.stop(within: .seconds(10)))
        #expect(ran.value == limit)
    }
}
