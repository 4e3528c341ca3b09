import Glibc
import MillpondPools
import TestSupport
import Testing

struct Refusal: Error, Equatable {
    var number = 0
}

@Suite("Worker pool: submitting", .timeLimit(.minutes(5)))
struct WorkerPoolTests {
    @Test("jobs of one worker run in their order, on a thread of the pool, with its name")
    func order() async throws {
        let pool = WorkerPool(.init(name: "orderly", maximumWorkers: 1))
        let order = Recorder()
        for number in 0..<1000 { try pool.submit { order.append(number) } }
        let name = try await pool.run { () -> String in
            let file = unsafe open("/proc/thread-self/comm", O_RDONLY)
            defer { close(file) }
            var name = [UInt8](repeating: 0, count: 32)
            let count = unsafe read(file, &name, name.count)
            return String(decoding: name.prefix(max(0, count)), as: UTF8.self)
        }
        #expect(order.values == Array(0..<1000))
        #expect(name == "orderly-0\n")
    }

    @Test("run returns the result, and throws what the work throws")
    func results() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2))
        #expect(try await pool.run { 6 * 7 } == 42)
        await #expect(throws: Refusal(number: 3)) { try await pool.run { throw Refusal(number: 3) } }
        #expect(await eventually { pool.statistics().running == 0 })
        let statistics = pool.statistics()
        #expect(statistics.submitted == 2)
        #expect(statistics.completed == 1)
        #expect(statistics.failed == 1)
    }

    @Test("an error thrown by a job is told to the handler, and the worker goes on")
    func failures() async throws {
        let failures = Recorder()
        let pool = WorkerPool(
            .init(maximumWorkers: 1, onFailure: { error in failures.append((error as? Refusal)?.number ?? -1) }))
        for number in 0..<3 { try pool.submit { throw Refusal(number: number) } }
        #expect(try await pool.run { true })
        #expect(failures.values == [0, 1, 2])
        #expect(pool.statistics().failed == 3)
        #expect(pool.statistics().threadsStarted == 1)
    }

    @Test("several jobs at once: all or none")
    func batch() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 1, queueLimit: 8))
        let gate = Gate()
        try await pool.occupy(gate)
        let order = Recorder()
        let jobs = (0..<5).map { number in WorkerPool.Job { order.append(number) } }
        try pool.submit(contentsOf: jobs)
        #expect(throws: WorkerPoolError.queueFull(limit: 8)) { try pool.submit(contentsOf: jobs) }
        try pool.submit(contentsOf: Array(jobs.prefix(3)))
        try pool.submit(contentsOf: [])
        #expect(pool.statistics().queued == 8)
        gate.open()
        #expect(await eventually { order.values.count == 8 })
        #expect(order.values == [0, 1, 2, 3, 4, 0, 1, 2])
        #expect(pool.statistics().refused == 5)
    }

    @Test("jobs that submit further jobs to their own full pool get its answer, and nothing locks up")
    func nested() async throws {
        let limits: [WorkerPool.Options.Limit] = [
            .fail, .wait(timeout: .seconds(60)), .runInCaller, .dropNewest, .dropOldest,
        ]
        for limit in limits {
            let pool = WorkerPool(.init(maximumWorkers: 2, queueLimit: 2, atLimit: limit))
            let (ran, refused) = (Counter(), Counter())
            let (gate, begun) = (Gate(), Counter())
            try await pool.withGroup(of: Void.self, onError: .ignore) { group in
                for _ in 0..<2 {
                    try group.submit {
                        begun.add()
                        gate.pass()
                        for _ in 0..<100 {
                            do throws(WorkerPoolError) {
                                switch try pool.submit({ ran.add() }) {
                                case .dropped, .droppedOldest: refused.add()
                                case .queued, .ranInCaller: break
                                }
                            } catch {
                                guard error.isQueueFull else { throw error }
                                refused.add()
                            }
                        }
                    }
                }
                #expect(await eventually { begun.value == 2 })
                gate.open(2)
                _ = try await group.results()
            }
            #expect(await pool.stop(within: .seconds(20)))
            #expect(ran.value + refused.value == 200, "\(limit)")
        }
    }

    @Test("a job does not wait behind one that blocks while another worker is idle")
    func noneWaitsBehindABlockedOne() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2))
        let (gate, start) = (Gate(), Gate())
        // The first worker takes a batch, of which the first job blocks; the second has to take the rest away.
        try await pool.occupy(start, 2)
        let ran = Counter()
        try pool.submit { gate.pass() }
        for _ in 0..<200 { try pool.submit { ran.add() } }
        start.open(2)
        #expect(await eventually { ran.value == 200 })
        gate.open()
        #expect(await pool.stop(within: .seconds(10)))
    }

    @Test("what a job refers to is let go when it is done")
    func release() async throws {
        final class Witness: Sendable {}
        let pool = WorkerPool(.init(maximumWorkers: 1))
        weak var weakly: Witness?
        do {
            let witness = Witness()
            weakly = witness
            try pool.submit { _ = witness }
            try await pool.run { _ = witness }
        }
        #expect(try await pool.run { true })
        #expect(weakly == nil)
    }

    @Test("statistics: what waits, runs and was at most, and how long it waited")
    func statistics() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 2))
        let gate = Gate()
        try await pool.occupy(gate, 2)
        for _ in 0..<100 { try pool.submit {} }
        let busy = pool.statistics()
        #expect(busy.workers == 2 && busy.running == 2 && busy.idle == 0)
        #expect(busy.queued == 100 && busy.queuedHighWater == 100)
        gate.open(2)
        #expect(await eventually { pool.statistics().completed == 102 })
        let after = pool.statistics()
        #expect(after.queued == 0 && after.submitted == 102 && after.workersHighWater == 2)
        #expect(after.waitsMeasured > 0 && after.longestWait >= after.meanWait && after.meanWait > .zero)
    }
}
