import Glibc
import MillpondPools
import Synchronization

/// Nanoseconds per trivial job through a worker pool, submission and run; and jobs that all sleep at once.
enum WorkerBenchmark {
    private static let done = Atomic<Int>(0)

    static func run() throws {
        print("a million trivial jobs, ns per job: fastest, median of 15; processor time of the fastest")
        for workers in [1, 2, 8, 64] {
            try report("\(workers) workers, one by one", workers, batch: 1)
            try report("\(workers) workers, 64 at once", workers, batch: 64)
        }
        for count in [1000, 10_000] { try sleepers(count) }
    }

    // MARK: Trivial jobs

    private static func report(_ name: String, _ workers: Int, batch: Int) throws {
        var walls: [Double] = []
        var processor = 0.0
        for _ in 0..<15 {
            let (wall, used) = try flood(workers, batch: batch)
            if wall < walls.min() ?? .infinity { processor = used }
            walls.append(wall)
        }
        walls.sort()
        print("  \(name): \(Int(walls[0])), \(Int(walls[7])); \(Int(processor))")
    }

    private static func flood(_ workers: Int, batch: Int) throws -> (wall: Double, processor: Double) {
        let count = 1_000_000 / batch * batch
        let pool = WorkerPool(WorkerPool.Options(maximumWorkers: workers, queueLimit: count))
        let job: @Sendable () throws -> Void = { WorkerBenchmark.done.add(1, ordering: .relaxed) }
        let jobs = [WorkerPool.Job](repeating: WorkerPool.Job(job), count: batch)
        done.store(0, ordering: .relaxed)
        let (start, used) = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
        if batch == 1 {
            for _ in 0..<count { try pool.submit(job) }
        } else {
            for _ in 0..<(count / batch) { try pool.submit(contentsOf: jobs) }
        }
        guard pool.stopBlocking(within: .seconds(60)), done.load(ordering: .relaxed) == count else {
            throw WorkerPoolError.stopped
        }
        let figures = (now(CLOCK_MONOTONIC) - start, now(CLOCK_PROCESS_CPUTIME_ID) - used)
        return (figures.0 / Double(count), figures.1 / Double(count))
    }

    // MARK: Jobs that sleep

    /// As many jobs as workers, each sleeping for 10 ms: first with threads to be made, then with warm ones.
    private static func sleepers(_ count: Int) throws {
        let pool = WorkerPool(
            WorkerPool.Options(maximumWorkers: count, queueLimit: count, idleTime: .seconds(60), stackSize: 64 << 10))
        var milliseconds: [Int] = []
        var threads: [Int] = []
        for _ in 0..<8 {
            done.store(0, ordering: .relaxed)
            let start = now(CLOCK_MONOTONIC)
            for _ in 0..<count {
                try pool.submit {
                    usleep(10_000)
                    WorkerBenchmark.done.add(1, ordering: .relaxed)
                }
            }
            while done.load(ordering: .relaxed) < count { usleep(100) }
            milliseconds.append(Int((now(CLOCK_MONOTONIC) - start) / 1e6))
            threads.append(pool.statistics().workers)
        }
        print("\(count) jobs that sleep 10 ms, round by round: \(milliseconds) ms with \(threads) threads")
        _ = pool.stopBlocking(within: .seconds(60))
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
