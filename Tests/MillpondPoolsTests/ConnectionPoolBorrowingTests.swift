import MillpondPools
import TestSupport
import Testing

@Suite("Connection pool: borrowing", .timeLimit(.minutes(5)))
struct ConnectionPoolBorrowingTests {
    struct Failure: Error {}

    @Test("an idle connection is used again, the one used last first")
    func reuse() async throws {
        let peers = Peers()
        let pool = PeerPool(peers)
        do {
            let first = try await pool.acquire(for: "a")
            let second = try await pool.acquire(for: "a")
            let (number, isReused, key) = (first.connection.number, first.isReused, first.key)
            #expect(number == 1 && !isReused && key == "a")
            second.giveBack()
            first.giveBack()
        }
        #expect(await pool.outcome() == "1")
        #expect(!pool.hasIdle("b"))
        guard let again = pool.tryAcquire(for: "a") else {
            Issue.record("none is idle")
            return
        }
        let (number, isReused) = (again.connection.number, again.isReused)
        #expect(number == 1 && isReused)
        let statistics = pool.statistics()
        #expect(statistics.dials == 2 && statistics.open == 2 && statistics.inUse == 1 && statistics.idle == 1)
        #expect(statistics.borrows == 4 && statistics.waits == 2)
        again.giveBack()
    }

    @Test("what is discarded, marked or had an error is closed")
    func discarding() async throws {
        let peers = Peers()
        let pool = PeerPool(peers)
        try await pool.acquire(for: "a").discard()
        #expect(peers.open == 0)
        do {
            var lease = try await pool.acquire(for: "a")
            lease.connection.requests += 1
            lease.markUnusable()
            #expect(peers.open == 1)
        }
        #expect(peers.open == 0)
        await #expect(throws: Failure.self) { try await pool.withConnection(for: "a") { _ in throw Failure() } }
        #expect(peers.open == 0)
        #expect(try await pool.withConnection(for: "a") { $0.number } == 4)
        #expect(peers.open == 1)
        #expect(pool.statistics().closed == [.discarded: 3])
    }

    @Test("a hook may keep a connection after an error")
    func keptAfterError() async throws {
        let peers = Peers()
        let pool = PeerPool(peers, hooks: ConnectionPoolHooks(isUsableAfterError: { error, _ in error is Failure }))
        await #expect(throws: Failure.self) { try await pool.withConnection(for: "a") { _ in throw Failure() } }
        await #expect(throws: CancellationError.self) {
            try await pool.withConnection(for: "a") { _ in throw CancellationError() }
        }
        #expect(peers.dials == 1 && peers.closed == 1)
    }

    @Test("a stale connection is replaced as it is borrowed")
    func stale() async throws {
        let peers = Peers()
        let pool = PeerPool(peers, hooks: ConnectionPoolHooks(isUsable: { $0.number > 2 }))
        do {
            let first = try await pool.acquire(for: "a")
            let second = try await pool.acquire(for: "a")
            _ = first.key + second.key
        }
        #expect(await pool.outcome() == "3")
        #expect(await pool.outcome() == "3")
        #expect(pool.statistics().closed == [.stale: 2])
    }

    @Test("a connection whose death is reported goes at once when idle, else when it comes back")
    func died() async throws {
        let peers = Peers()
        let pool = PeerPool(peers)
        #expect(await pool.outcome() == "1")
        peers.kill(1)
        #expect(peers.open == 0 && pool.statistics().idle == 0)
        let lease = try await pool.acquire(for: "a")
        peers.kill(2)
        peers.kill(1)
        #expect(peers.open == 1)
        lease.giveBack()
        #expect(peers.open == 0)
        #expect(pool.statistics().closed == [.died: 2])
    }

    @Test("a place is taken from the connection longest idle, whatever its key")
    func eviction() async throws {
        let peers = Peers()
        let pool = PeerPool(peers, ConnectionPoolOptions(maximumOpen: 2))
        #expect(await pool.outcome("a") == "1")
        #expect(await pool.outcome("b") == "2")
        #expect(await pool.outcome("a") == "1")
        #expect(await pool.outcome("c") == "3")
        #expect(await pool.outcome("a") == "1")
        #expect(peers.open == 2 && peers.mostOpenAtOnce == 2)
        #expect(pool.statistics().closed == [.evicted: 1] && pool.statistics().keys == 2)
    }

    @Test("no more than allowed are kept idle")
    func surplus() async throws {
        let peers = Peers()
        let pool = PeerPool(peers, ConnectionPoolOptions(maximumIdle: 3, maximumIdlePerKey: 2))
        for key in ["a", "b"] {
            let first = try await pool.acquire(for: key)
            let second = try await pool.acquire(for: key)
            let third = try await pool.acquire(for: key)
            third.giveBack()
            second.giveBack()
            first.giveBack()
        }
        #expect(peers.open == 3 && pool.statistics().idle == 3)
        #expect(pool.statistics().closed == [.surplus: 3])
        pool.closeIdle()
        #expect(peers.open == 0)
    }

    /// A class that is not Sendable, and counts its instances.
    final class Session {
        let peers: Peers
        var uses = 0
        init(_ peers: Peers) { self.peers = peers }
    }

    @Test("connections that are not Sendable are lent for a scope; a hook closes them")
    func notSendable() async throws {
        let closed = Counter()
        let pool = ConnectionPool<SinglePeer, Session>(
            ConnectionPoolOptions(), hooks: ConnectionPoolHooks(close: { _ in closed.add() })
        ) { _, _ in Session(Peers()) }
        for use in 1...3 {
            let uses = try await pool.withConnection(for: SinglePeer()) { session in
                session.uses += 1
                return session.uses
            }
            #expect(uses == use)
        }
        try await pool.close(deadline: .after(.seconds(20)))
        #expect(closed.value == 1)
    }
}
