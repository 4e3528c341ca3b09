import MillpondPools
import TestSupport
import Testing

@Suite("Connection pool: closing", .timeLimit(.minutes(5)))
struct ConnectionPoolClosingTests {
    @Test("waiters fail, idle ones are closed, those in use as they come back; close waits for them")
    func graceful() async throws {
        let peers = Peers()
        let pool = PeerPool(peers, ConnectionPoolOptions(maximumOpenPerKey: 1))
        let held = try await pool.acquire(for: "a")
        #expect(await pool.outcome("b") == "2")
        async let waiting = pool.outcome("a")
        #expect(await eventually { pool.statistics().waiting == 1 })
        let ended = Counter()
        let closing = Task {
            try await pool.close()
            ended.add()
        }
        #expect(await waiting == "closed")
        #expect(await eventually { peers.open == 1 })
        #expect(await pool.outcome("a") == "closed" && ended.value == 0)
        #expect(!pool.hasIdle("b"))
        held.giveBack()
        try await closing.value
        #expect(peers.open == 0)
        // Again: nothing to wait for.
        try await pool.close()
        #expect(pool.statistics().closed == [.poolClosed: 2])
    }

    @Test("closing ends at its deadline and says what is left")
    func deadline() async throws {
        let (peers, time) = (Peers(), ManualClock())
        let pool = PeerPool(peers, ConnectionPoolOptions(), time)
        let held = try await pool.acquire(for: "a")
        try await expectStillInUse(pool, time, advancing: .seconds(11), deadline: .after(.seconds(10)))
        held.giveBack()
        #expect(peers.open == 0)
        try await pool.close()
    }

    @Test("closing without a deadline of its own waits ten seconds, whatever the deadline of a borrower")
    func standardDeadline() async throws {
        let (peers, time) = (Peers(), ManualClock())
        let pool = PeerPool(peers, ConnectionPoolOptions(acquireTimeout: .seconds(1)), time)
        let held = try await pool.acquire(for: "a")
        let start = time.now
        try await expectStillInUse(pool, time, advancing: .milliseconds(100), deadline: .standard)
        #expect(time.now - start >= 10_000_000_000)
        held.giveBack()
    }

    /// Closes a pool of which a connection is lent out, and moves the time on until the wait for it has ended: when
    /// that has begun is the task's affair.
    private func expectStillInUse(
        _ pool: PeerPool, _ time: ManualClock, advancing step: Duration, deadline: PoolDeadline
    ) async throws {
        let ended = Counter()
        let closing = Task {
            defer { ended.add() }
            try await pool.close(deadline: deadline)
        }
        #expect(
            await eventually {
                time.advance(by: step)
                return ended.value == 1
            })
        do {
            try await closing.value
            Issue.record("closed with a connection in use")
        } catch let error as ConnectionPoolError {
            #expect(error.isStillInUse)
        }
    }

    @Test("dials are cancelled")
    func dials() async throws {
        let peers = Peers(isManual: true)
        let pool = PeerPool(peers)
        async let waiting = pool.outcome()
        #expect(await eventually { peers.pendingCount == 1 })
        try await pool.close()
        #expect(await waiting == "closed")
        #expect(peers.open == 0 && pool.statistics().dialing == 0)
    }

    @Test("the last reference closes the pool; what is lent out outlives it")
    func lastReference() async throws {
        let peers = Peers()
        var pool: PeerPool? = PeerPool(peers)
        let held = Slot<PooledConnection<String, PeerConnection>>()
        _ = held.exchange(try await pool?.acquire(for: "a"))
        #expect(await pool?.outcome() == "2")
        weak let gone = pool
        pool = nil
        #expect(gone == nil)
        #expect(peers.open == 1)
        _ = held.exchange(nil)
        #expect(peers.open == 0)
    }

    @Test("a cancelled close stops waiting, not closing")
    func cancelled() async throws {
        let peers = Peers()
        let pool = PeerPool(peers)
        let held = try await pool.acquire(for: "a")
        let closing = Task { try await pool.close() }
        #expect(await eventually { pool.statistics().idle == 0 })
        closing.cancel()
        await #expect(throws: CancellationError.self) { try await closing.value }
        held.giveBack()
        #expect(peers.open == 0)
    }
}
