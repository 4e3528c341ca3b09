import MillpondNet
import MillpondPools
import Synchronization

/// A connection is borrowed, used once, and given back.
enum ConnectionScenarios {
    /// What stands for a connection. It counts without synchronization, so that the sum is wrong if two ever had it.
    // Sendable: the pool's promise of one user at a time is what protects it.
    private final class FakeConnection: @unchecked Sendable {
        // Measured is the pool: what stands for a connection in other languages has no checks of exclusive access.
        @exclusivity(unchecked) var uses: UInt64 = 0
    }

    private typealias Pool = ConnectionPool<SinglePeer, FakeConnection>

    /// One task, one connection.
    static func uncontended(_ operations: Int, _ meter: inout Meter) async throws -> Outcome {
        let pool = Pool { _, _ in FakeConnection() }
        var consumer = Consumer()
        try await borrow(pool, operations / 10, &consumer)
        meter.start()
        try await borrow(pool, operations, &consumer)
        meter.stop()
        try await pool.close()
        return Outcome(check: consumer.check)
    }

    @inline(never)
    private static func borrow(_ pool: Pool, _ operations: Int, _ consumer: inout Consumer) async throws {
        for _ in 0..<operations {
            let lent = try await pool.acquire(for: SinglePeer())
            unsafe lent.connection.uses &+= 1
            consumer.fold(unsafe lent.connection.uses)
        }
    }

    /// So many tasks of a reactor for fewer connections; each lets the others run while it has one. Without the pool it
    /// is what the tasks cost by themselves.
    static func contended(
        tasks: Int, connections: Int, pooled: Bool, _ operations: Int, _ meter: inout Meter
    ) async throws -> Outcome {
        let group = try ReactorGroup(count: 1)
        let executor = group.reactors[0]
        let opened = Opened()
        var options = ConnectionPoolOptions()
        (options.maximumOpenPerKey, options.maximumIdlePerKey) = (connections, connections)
        let pool = Pool(options, executor: executor) { _, _ in opened.open() }
        guard pooled else {
            var turns = await takeTurns(tasks, operations / 10, executor)
            meter.start()
            turns += await takeTurns(tasks, operations, executor)
            meter.stop()
            await group.shutdown()
            return Outcome(check: turns)
        }
        _ = try await compete(pool, tasks, operations / 10, executor)
        meter.start()
        var waits = try await compete(pool, tasks, operations, executor)
        meter.stop()
        waits.sort()
        try await pool.close()
        await group.shutdown()
        return Outcome(check: opened.uses(), waits: (waits[waits.count / 2], waits[waits.count * 99 / 100]))
    }

    /// How long each borrower waited, in nanoseconds.
    private static func compete(
        _ pool: Pool, _ tasks: Int, _ operations: Int, _ executor: any TaskExecutor
    ) async throws -> [UInt64] {
        try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<tasks {
                group.addTask(executorPreference: executor) {
                    var waits: [UInt64] = []
                    waits.reserveCapacity(operations / tasks)
                    for _ in 0..<operations / tasks {
                        let asked = Meter.now(1)
                        let lent = try await pool.acquire(for: SinglePeer())
                        waits.append(Meter.now(1) &- asked)
                        unsafe lent.connection.uses &+= 1
                        await Task.yield()
                    }
                    return waits
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// How often the tasks have had a turn.
    private static func takeTurns(_ tasks: Int, _ operations: Int, _ executor: any TaskExecutor) async -> UInt64 {
        await withTaskGroup(of: UInt64.self) { group in
            for _ in 0..<tasks {
                group.addTask(executorPreference: executor) {
                    var turns: UInt64 = 0
                    for _ in 0..<operations / tasks {
                        turns += 1
                        await Task.yield()
                    }
                    return turns
                }
            }
            return await group.reduce(0, +)
        }
    }

    /// All connections that were opened.
    private final class Opened: Sendable {
        private let all = Mutex<[FakeConnection]>([])

        func open() -> FakeConnection {
            let one = FakeConnection()
            all.withLock { $0.append(one) }
            return one
        }

        func uses() -> UInt64 { all.withLock { $0.reduce(0) { unsafe $0 + $1.uses } } }
    }
}
