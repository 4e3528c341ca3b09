import MillpondPools
import TestSupport
import Testing

@Suite("Connection pool: waiting and dialling", .timeLimit(.minutes(5)))
struct ConnectionPoolWaitingTests {
    static let one = ConnectionPoolOptions(maximumOpen: 1)

    @Test("waiters are served in their order by one connection")
    func order() async throws {
        let peers = Peers()
        let pool = PeerPool(peers, Self.one)
        let order = Recorder()
        let held = Slot<PooledConnection<String, PeerConnection>>()
        _ = held.exchange(try await pool.acquire(for: "a"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<5 {
                group.addTask {
                    let lease = try await pool.acquire(for: "a")
                    order.append(index)
                    lease.giveBack()
                }
                #expect(await eventually { pool.statistics().waiting == index + 1 })
            }
            _ = held.exchange(nil)
            try await group.waitForAll()
        }
        // Each records before it gives the connection to the next.
        #expect(order.values == [0, 1, 2, 3, 4])
        #expect(peers.dials == 1)
    }

    @Test("a connection that comes back first is used, and the dial serves the next")
    func dialOutlivesItsWaiter() async throws {
        let peers = Peers(isManual: true)
        let pool = PeerPool(peers)
        async let first = pool.outcome()
        #expect(await eventually { peers.pendingCount == 1 })
        peers.answer(true)
        #expect(await first == "1")
        let held = try await pool.acquire(for: "a")
        async let second = pool.outcome()
        #expect(await eventually { peers.pendingCount == 1 })
        held.giveBack()
        #expect(await second == "1")
        #expect(pool.statistics().dialing == 1)
        // Two waiters now: connection 1 is idle for the first, the dial under way for the second.
        let again = try await pool.acquire(for: "a")
        async let third = pool.outcome()
        #expect(await eventually { pool.statistics().waiting == 1 })
        #expect(peers.dials == 2)
        peers.answer(true)
        #expect(await third == "2")
        let number = again.connection.number
        #expect(number == 1)
    }

    @Test("a dial whose waiter was cancelled fills the pool")
    func dialAfterCancellation() async throws {
        let peers = Peers(isManual: true)
        let pool = PeerPool(peers)
        let task = Task { await pool.outcome() }
        #expect(await eventually { peers.pendingCount == 1 })
        task.cancel()
        #expect(await task.value == "cancelled")
        peers.answer(true)
        #expect(await eventually { pool.statistics().idle == 1 })
        #expect(await pool.outcome() == "1")
        #expect(pool.statistics().cancellations == 1)
    }

    @Test("a failed dial fails one waiter with its error, and the others go on")
    func failedDial() async throws {
        let peers = Peers(isManual: true)
        let pool = PeerPool(peers)
        async let first = pool.outcome()
        #expect(await eventually { peers.pendingCount == 1 })
        async let second = pool.outcome()
        #expect(await eventually { peers.pendingCount == 2 })
        peers.answer(false)
        #expect(await first.hasPrefix("refused"))
        #expect(pool.statistics().waiting == 1)
        peers.answer(true)
        #expect(await second != "timed out")
        #expect(pool.statistics().dialFailures == 1 && pool.statistics().dials == 2)
    }

    @Test("the bound on waiters refuses with an error of its own")
    func tooMany() async throws {
        let peers = Peers()
        let pool = PeerPool(peers, ConnectionPoolOptions(maximumOpen: 1, maximumWaiters: 1))
        let held = try await pool.acquire(for: "a")
        async let waiting = pool.outcome()
        #expect(await eventually { pool.statistics().waiting == 1 })
        do {
            _ = try await pool.acquire(for: "a")
            Issue.record("there was no bound")
        } catch let error as ConnectionPoolError {
            #expect(error.isTooManyWaiters && error.isTransient)
            #expect(error.description == "too many tasks wait for a connection (at most 1)")
        }
        held.giveBack()
        #expect(await waiting == "1")
        #expect(pool.statistics().refusals == 1)
    }

    @Test("a key that has nothing comes first, even if the others never rest")
    func starvation() async throws {
        let peers = Peers()
        let pool = PeerPool(peers, Self.one)
        let held = try await pool.acquire(for: "a")
        async let other = pool.outcome("b")
        #expect(await eventually { pool.statistics().waiting == 1 })
        async let same = pool.outcome("a")
        #expect(await eventually { pool.statistics().waiting == 2 })
        held.giveBack()
        #expect(await other == "2")
        #expect(await same == "3")
        #expect(peers.mostOpenAtOnce == 1)
        #expect(pool.statistics().closed[.evicted] == 2)
    }

    @Test("a task that is cancelled already waits for nothing")
    func cancelledBefore() async throws {
        let peers = Peers()
        let pool = PeerPool(peers)
        let early = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await pool.outcome()
        }
        #expect(await early.value == "cancelled")
        #expect(peers.dials == 0)
    }
}
