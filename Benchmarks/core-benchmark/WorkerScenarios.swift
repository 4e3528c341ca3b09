import Glibc
import MillpondPools
import Synchronization

/// Jobs for a bounded pool of threads, all of them submitted from one place and waited for.
enum WorkerScenarios {
    /// Jobs that add their number to a sum: what it costs to have a job done.
    static func trivial(
        queueLimit: Int, batch: Int, _ operations: Int, _ meter: inout Meter
    ) async throws -> Outcome {
        let sum = Sum()
        try await submit(
            to: pool(workers: WorkerPool.Options.cores, queueLimit: queueLimit), batch, operations / 10, sum)
        let pool = pool(workers: WorkerPool.Options.cores, queueLimit: queueLimit)
        meter.start()
        try await submit(to: pool, batch, operations, sum)
        meter.stop()
        return Outcome(check: sum.value.load(ordering: .relaxed))
    }

    /// Jobs that sleep for 10 ms, by so many workers: how fast a pool spreads out.
    static func sleeping(workers: Int, _ operations: Int, _ meter: inout Meter) async throws -> Outcome {
        let sum = Sum()
        let pool = pool(workers: workers, queueLimit: operations)
        meter.start()
        for number in 0..<operations {
            try pool.submit {
                usleep(10_000)
                sum.value.add(UInt64(number), ordering: .relaxed)
            }
        }
        try await finish(pool)
        meter.stop()
        return Outcome(check: sum.value.load(ordering: .relaxed))
    }

    private static func pool(workers: Int, queueLimit: Int) -> WorkerPool {
        WorkerPool(
            WorkerPool.Options(
                maximumWorkers: workers, queueLimit: queueLimit, atLimit: .wait(timeout: .seconds(60)),
                stackSize: 64 << 10))
    }

    private static func submit(to pool: WorkerPool, _ batch: Int, _ operations: Int, _ sum: Sum) async throws {
        for first in stride(from: 0, to: operations, by: batch) {
            let numbers = first..<min(first + batch, operations)
            let isQueued =
                batch == 1
                ? (try? pool.submit { sum.value.add(UInt64(first), ordering: .relaxed) }) != nil
                : (try? pool.submit(contentsOf: numbers.map { job($0, sum) })) != nil
            if isQueued { continue }
            for number in numbers {
                try await pool.submitOrWait { sum.value.add(UInt64(number), ordering: .relaxed) }
            }
        }
        try await finish(pool)
    }

    private static func job(_ number: Int, _ sum: Sum) -> WorkerPool.Job {
        WorkerPool.Job { sum.value.add(UInt64(number), ordering: .relaxed) }
    }

    private static func finish(_ pool: WorkerPool) async throws {
        guard await pool.stop(within: .seconds(60)) else { throw Failure("the jobs took longer than a minute") }
    }

    private final class Sum: Sendable {
        let value = Atomic<UInt64>(0)
    }
}
