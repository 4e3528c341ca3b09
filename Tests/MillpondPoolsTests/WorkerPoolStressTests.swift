import MillpondPools
import Synchronization
import TestSupport
import Testing

@Suite("Worker pool: under stress", .timeLimit(.minutes(5)))
struct WorkerPoolStressTests {
    /// What became of one job.
    final class Fate: Sendable {
        let runs = Atomic<Int>(0)
        let reports = Atomic<Int>(0)
        func run() { runs.add(1, ordering: .relaxed) }
        func report() { reports.add(1, ordering: .relaxed) }
        var settlements: Int { runs.load(ordering: .relaxed) + reports.load(ordering: .relaxed) }
        var isSettledOnce: Bool { settlements == 1 }
    }

    @Test(
        "each job is run once, or reported as not run once, whatever submits, cancels, resizes and stops",
        arguments: [
            WorkerPool.Options.Limit.fail, .wait(timeout: .milliseconds(2)), .dropOldest, .dropNewest, .runInCaller,
        ])
    func fates(_ limit: WorkerPool.Options.Limit) async throws {
        for seed in 0..<3 {
            let pool = WorkerPool(
                .init(maximumWorkers: 4, queueLimit: 32, atLimit: limit, idleTime: .milliseconds(1)))
            let fates = (0..<4).map { _ in (0..<1000).map { _ in Fate() } }
            let toldDropped = Counter()
            await withTaskGroup(of: Void.self) { group in
                for submitter in 0..<4 {
                    group.addTask {
                        var random = Random(seed: UInt64(seed * 10 + submitter))
                        for fate in fates[submitter] { await Self.submit(fate, to: pool, toldDropped, &random) }
                    }
                }
                group.addTask {
                    var random = Random(seed: UInt64(seed + 1000))
                    for _ in 0..<200 {
                        pool.resize(maximumWorkers: Int.random(in: 1...6, using: &random))
                        await Task.yield()
                    }
                }
            }
            #expect(await pool.stop(within: .seconds(60)))
            let statistics = pool.statistics()
            if limit == .dropOldest {
                // Nobody is told of a dropped job for which nobody waits; but it is counted.
                #expect(fates.joined().allSatisfy { $0.settlements <= 1 })
                let unsettled = fates.joined().count { $0.settlements == 0 }
                #expect(UInt64(unsettled + toldDropped.value) == statistics.dropped)
            } else {
                #expect(fates.joined().allSatisfy { $0.isSettledOnce })
            }
            #expect(statistics.queued == 0 && statistics.waiting == 0 && statistics.workers == 0)
            #expect(
                statistics.submitted
                    == statistics.completed + statistics.failed + statistics.dropped + statistics.cancelled)
            #expect(statistics.queuedHighWater <= 32)
            let ran = fates.joined().reduce(0) { $0 + $1.runs.load(ordering: .relaxed) }
            #expect(statistics.completed + statistics.failed == UInt64(ran))
        }
    }

    private static func submit(
        _ fate: Fate, to pool: WorkerPool, _ toldDropped: Counter, _ random: inout Random
    ) async {
        let choice = Int.random(in: 0..<8, using: &random)
        let throwing = Int.random(in: 0..<16, using: &random) == 0
        let job: @Sendable () throws -> Void = {
            fate.run()
            if throwing { throw Refusal() }
        }
        do {
            switch choice {
            case 0...3: if try pool.submit(job) == .dropped { fate.report() }
            case 4: if try await pool.submitOrWait(job) == .dropped { fate.report() }
            case 5:
                let task = Task { try await pool.run(job) }
                task.cancel()
                try await task.value
            case 6: try await pool.run(timeout: .microseconds(20), job)
            default: try await pool.run(job)
            }
        } catch is Refusal {
        } catch {
            if error as? WorkerPoolError == .dropped { toldDropped.add() }
            fate.report()
        }
    }

    @Test("stopping while others submit: each job is run, or reported")
    func stopUnderLoad() async throws {
        for round in 0..<20 {
            let pool = WorkerPool(.init(maximumWorkers: 3, queueLimit: 64, atLimit: .wait(timeout: .seconds(60))))
            let fates = (0..<4).map { _ in (0..<100).map { _ in Fate() } }
            await withTaskGroup(of: Void.self) { group in
                for submitter in 0..<4 {
                    group.addTask {
                        for fate in fates[submitter] {
                            do { try await pool.run { fate.run() } } catch { fate.report() }
                        }
                    }
                }
                group.addTask {
                    while pool.statistics().completed < UInt64(round * 10) { await Task.yield() }
                    _ = await pool.stop(within: .seconds(60), queued: round % 2 == 0 ? .cancel : .finish)
                }
            }
            for fate in fates.joined() { #expect(fate.isSettledOnce) }
        }
    }

    @Test("nothing is lost when workers go idle and are woken over and over")
    func wakeUps() async throws {
        let pool = WorkerPool(.init(maximumWorkers: 3, idleTime: .microseconds(50)))
        for number in 0..<3000 { #expect(try await pool.run { number } == number) }
        #expect(await eventually { pool.statistics().running == 0 })
        #expect(pool.statistics().completed == 3000)
    }
}
