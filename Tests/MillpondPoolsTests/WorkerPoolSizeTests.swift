import MillpondPools
import TestSupport
import Testing

@Suite("Worker pool: its size", .timeLimit(.minutes(5)))
struct WorkerPoolSizeTests {
    @Test("no thread before the first job, none beyond the maximum")
    func growth() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 3))
        #expect(pool.statistics().workers == 0)
        let gate = Gate()
        try await pool.occupy(gate, 3)
        for _ in 0..<10 { try pool.submit {} }
        #expect(pool.statistics().workers == 3)
        gate.open(3)
        #expect(await pool.stop(within: .seconds(10)))
        #expect(pool.statistics().workersHighWater == 3)
    }

    @Test("idle workers expire, down to the minimum, and come again")
    func expiry() async throws {
        let pool = WorkerPool(.init(minimumWorkers: 1, maximumWorkers: 4, idleTime: .milliseconds(20)))
        let gate = Gate()
        for _ in 0..<2 {
            try await pool.occupy(gate, 4)
            gate.open(4)
            #expect(await eventually { pool.statistics().workers == 1 })
            #expect(try await pool.run { true })
        }
        #expect(pool.statistics().threadsStarted > 4)
        pool.resize(minimumWorkers: 0)
        #expect(await eventually { pool.statistics().workers == 0 })
        #expect(try await pool.run { true })
    }

    @Test("resizing: more run at once, then fewer, with nothing lost")
    func resize() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 1000))
        let gate = Gate()
        try await pool.occupy(gate)
        let (running, ran) = (Counter(), Counter())
        for _ in 0..<6 {
            try pool.submit {
                running.add()
                gate.pass()
                ran.add()
            }
        }
        pool.resize(maximumWorkers: 7)
        #expect(await eventually { running.value == 6 })
        for _ in 0..<100 { try pool.submit { ran.add() } }
        pool.resize(maximumWorkers: 2)
        gate.open(7)
        #expect(await eventually { ran.value == 106 })
        #expect(await eventually { pool.statistics().workers <= 2 })
        #expect(pool.statistics().workers > 0)
        // Numbers that make no sense are brought into their bounds.
        pool.resize(minimumWorkers: -5, maximumWorkers: 0)
        #expect(try await pool.run { true })
        #expect(await eventually { pool.statistics().workers == 1 })
    }

    @Test("shrinking while a worker sits on a batch leaves its jobs to the others")
    func shrinkWithBatch() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2))
        let (start, gate) = (Gate(), Gate())
        try await pool.occupy(start, 2)
        let (begun, ran) = (Counter(), Counter())
        for _ in 0..<2 {
            try pool.submit {
                begun.add()
                gate.pass()
            }
        }
        for _ in 0..<100 { try pool.submit { ran.add() } }
        start.open(2)
        #expect(await eventually { begun.value == 2 })
        pool.resize(maximumWorkers: 1)
        #expect(pool.statistics().queued + ran.value == 100)
        gate.open()
        #expect(await eventually { ran.value == 100 || pool.statistics().workers == 1 })
        gate.open()
        #expect(await eventually { ran.value == 100 })
        #expect(await pool.stop(within: .seconds(10)))
    }

    @Test("a pool of the default options and the shared one work")
    func defaults() async throws {
        #expect(try await WorkerPool().run { 1 } == 1)
        #expect(try await WorkerPool.shared.run { 2 } == 2)
    }
}
