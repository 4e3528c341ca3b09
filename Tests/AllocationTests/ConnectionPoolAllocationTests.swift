import MillpondNet
import MillpondPools
import Testing

/// What it takes to borrow a connection and to give it back, when the pool has what it needs.
@Suite(.enabled(if: Allocations.areCounted), .timeLimit(.minutes(5)))
struct ConnectionPoolAllocationTests {
    static let operations = 100_000

    /// Not copyable, and so neither reference counted.
    struct Line: ~Copyable, Sendable {
        var uses = 0
    }

    @Test func acquireAndReturn() async throws {
        let pool = ConnectionPool<Int, Line> { _, _ in Line() }
        var last = 0
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for _ in 0..<operations {
                var lent = try await pool.acquire(for: 7)
                lent.connection.uses += 1
                last = lent.connection.uses
            }
        }
        #expect(count <= 0.001)
        #expect(last == Self.operations * 11 / 10)
        #expect(pool.statistics().dials == 1)
    }

    @Test func withConnection() async throws {
        let pool = ConnectionPool<String, Line> { _, _ in Line() }
        var last = 0
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for _ in 0..<operations {
                last = try await pool.withConnection(for: "a key that is not short") { line in
                    line.uses += 1
                    return line.uses
                }
            }
        }
        #expect(count <= 0.001)
        #expect(last == Self.operations * 11 / 10)
        #expect(pool.statistics().dials == 1)
    }

    /// Tasks of one reactor that yield while they hold one of fewer connections, against tasks that only yield.
    @Test func waiting() async throws {
        let (tasks, connections) = (20, 2)
        let group = try ReactorGroup(count: 1)
        let reactor = group.reactors[0]
        var options = ConnectionPoolOptions()
        options.maximumOpenPerKey = connections
        let pool = ConnectionPool<Int, Line>(options, executor: reactor) { _, _ in Line() }
        let (bare, pooled) = try await reactor.run {
            let bare = await Allocations.perOperation(Self.operations) { operations in
                await withDiscardingTaskGroup { group in
                    for _ in 0..<tasks {
                        group.addTask { for _ in 0..<operations / tasks { await Task.yield() } }
                    }
                }
            }
            let pooled = try await Allocations.perOperation(Self.operations) { operations in
                try await withThrowingDiscardingTaskGroup { group in
                    for _ in 0..<tasks {
                        group.addTask {
                            for _ in 0..<operations / tasks {
                                let lent = try await pool.acquire(for: 7)
                                await Task.yield()
                                lent.giveBack()
                            }
                        }
                    }
                }
            }
            return (bare, pooled)
        }
        let statistics = pool.statistics()
        try await pool.close()
        await group.shutdown()
        #expect(pooled - bare <= 0.01, "\(pooled) against \(bare)")
        #expect(statistics.waits > Self.operations / 2, "nobody waited")
    }
}
