import MillpondPools
import TestSupport
import Testing

@Suite("Connection pool: many threads", .timeLimit(.minutes(5)))
struct ConnectionPoolStormTests {
    struct Failure: Error {}

    @Test("whatever borrows, fails, dies, is cancelled and times out: each connection has one user and is closed")
    func storm() async throws {
        let peers = Peers()
        let options = ConnectionPoolOptions(
            maximumOpen: 6, maximumOpenPerKey: 3, maximumIdle: 4, idleTimeout: .milliseconds(20),
            maximumLifetime: .milliseconds(200), maintenanceInterval: .milliseconds(2), seed: 1)
        let pool = ConnectionPool<Int, PeerConnection>(
            options, hooks: ConnectionPoolHooks(isUsable: { $0.requests % 50 != 49 })
        ) { key, token in
            let connection = try await peers.dial(token)
            if connection.number % 17 == 0 { throw Failure() }
            return connection
        }
        let users = (0..<2000).map { _ in Counter() }
        let (served, timedOut, cancelled, refused) = (Counter(), Counter(), Counter(), Counter())
        let (workers, rounds) = (12, 300)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var random = Random(seed: UInt64(worker))
                    for _ in 0..<rounds {
                        let key = Int.random(in: 0..<4, using: &random)
                        let dice = Int.random(in: 0..<20, using: &random)
                        let task = Task {
                            let patience = dice == 0 ? Duration.microseconds(50) : .seconds(600)
                            try await pool.withConnection(for: key, deadline: .after(patience)) { connection in
                                let user = users[connection.number % users.count]
                                user.add()
                                #expect(user.value == 1, "two use connection \(connection.number)")
                                connection.requests += 1
                                if dice < 8 { await Task.yield() }
                                if dice == 9 { peers.kill(connection.number) }
                                user.add(-1)
                                served.add()
                                // What counts is counted under one lock: never more than allowed, at no moment.
                                let statistics = pool.statistics()
                                #expect(statistics.open + statistics.dialing <= options.maximumOpen)
                                if dice == 1 { throw Failure() }
                            }
                        }
                        if dice == 2 { task.cancel() }
                        do {
                            try await task.value
                        } catch let error as ConnectionPoolError where error.isTimedOut && dice == 0 {
                            timedOut.add()
                        } catch let error as ConnectionPoolError where error.isDialFailed {
                            refused.add()
                        } catch is CancellationError where dice == 2 {
                            cancelled.add()
                        } catch is Failure where dice == 1 {
                        } catch {
                            Issue.record("borrowing failed with \(error)")
                        }
                    }
                }
            }
        }
        // Each borrow ended in one way, and those only failed that were meant to.
        #expect(served.value + timedOut.value + cancelled.value + refused.value == workers * rounds)
        #expect(served.value > 0)
        try await pool.close(deadline: .after(.seconds(20)))
        #expect(peers.open == 0)
        let statistics = pool.statistics()
        #expect(statistics.open == 0 && statistics.waiting == 0 && statistics.keys == 0)
        #expect(statistics.timeouts == timedOut.value && statistics.dialFailures >= refused.value)
        #expect(statistics.dials == statistics.dialFailures + statistics.closedInTotal)
        #expect(peers.closed == peers.dials)
    }

    @Test("the lock holds on several threads")
    func threads() async throws {
        let peers = Peers()
        let pool = ConnectionPool<SinglePeer, PeerConnection> { _, token in try await peers.dial(token) }
        do {
            let first = try await pool.acquire(for: SinglePeer())
            let second = try await pool.acquire(for: SinglePeer())
            _ = first.connection.number + second.connection.number
        }
        let borrowed = Counter()
        onThreads(4) { _ in
            for _ in 0..<20_000 {
                guard var lease = pool.tryAcquire(for: SinglePeer()) else { continue }
                lease.connection.requests += 1
                borrowed.add()
            }
        }
        var requests = 0
        do {
            let first = pool.tryAcquire(for: SinglePeer())
            let second = pool.tryAcquire(for: SinglePeer())
            requests = (first?.connection.requests ?? 0) + (second?.connection.requests ?? 0)
        }
        #expect(requests == borrowed.value && requests > 0)
        #expect(pool.statistics().borrows == 4 + borrowed.value)
    }
}
