import MillpondPools
import TestSupport
import Testing

@Suite("Connection pool: time", .timeLimit(.minutes(5)))
struct ConnectionPoolTimeTests {
    @Test("a wait ends at its deadline, neither before nor much after")
    func deadlines() async throws {
        let (peers, time) = (Peers(), ManualClock())
        let pool = PeerPool(peers, ConnectionPoolOptions(maximumOpen: 1, acquireTimeout: .seconds(30)), time)
        let held = try await pool.acquire(for: "a")
        async let standard = pool.outcome()
        #expect(await eventually { pool.statistics().waiting == 1 })
        async let short = pool.outcome(deadline: .after(.seconds(5)))
        #expect(await eventually { pool.statistics().waiting == 2 })
        async let exact = pool.outcome(deadline: .at(time.now + 7_000_000_000))
        #expect(await eventually { pool.statistics().waiting == 3 })
        time.advance(by: .milliseconds(4999))
        #expect(pool.statistics().waiting == 3)
        time.advance(by: .milliseconds(2))
        #expect(await short == "timed out")
        time.advance(by: .seconds(2))
        #expect(await exact == "timed out")
        #expect(pool.statistics().waiting == 1)
        time.advance(by: .seconds(24))
        #expect(await standard == "timed out")
        #expect(pool.statistics().timeouts == 3)
        #expect(await pool.outcome(deadline: .after(.zero)) == "timed out")
        held.giveBack()
        #expect(await pool.outcome(deadline: .after(.zero)) == "1")
    }

    @Test("the time waited is told")
    func waitTime() async throws {
        let (peers, time) = (Peers(), ManualClock())
        let pool = PeerPool(peers, ConnectionPoolOptions(maximumOpen: 1), time)
        let held = try await pool.acquire(for: "a")
        async let other = pool.outcome()
        #expect(await eventually { pool.statistics().waiting == 1 })
        time.advance(by: .milliseconds(1500))
        held.giveBack()
        #expect(await other == "1")
        #expect(pool.statistics().waitTime == .milliseconds(1500))
        #expect(pool.statistics().longestWait == .milliseconds(1500))
    }

    @Test("idle connections go after their time, those in use stay")
    func idleTimeout() async throws {
        let (peers, time) = (Peers(), ManualClock())
        let pool = PeerPool(peers, ConnectionPoolOptions(idleTimeout: .seconds(90), maximumLifetime: nil), time)
        let held = try await pool.acquire(for: "a")
        #expect(await pool.outcome() == "2")
        time.advance(by: .seconds(89))
        #expect(peers.open == 2)
        time.advance(by: .seconds(3))
        #expect(pool.statistics().open == 1)
        #expect(await eventually { peers.open == 1 })
        held.giveBack()
        time.advance(by: .seconds(92))
        #expect(await eventually { peers.open == 0 })
        #expect(pool.statistics().closed == [.idle: 2] && pool.statistics().keys == 0)
        #expect(time.alarmCount == 0)
    }

    @Test("a connection ends with its lifetime, idle or as it comes back")
    func lifetime() async throws {
        let (peers, time) = (Peers(), ManualClock())
        let options = ConnectionPoolOptions(idleTimeout: nil, maximumLifetime: .seconds(100), lifetimeJitter: 0)
        let pool = PeerPool(peers, options, time)
        let held = try await pool.acquire(for: "a")
        #expect(await pool.outcome() == "2")
        time.advance(by: .seconds(99))
        #expect(peers.open == 2)
        time.advance(by: .seconds(2))
        #expect(pool.statistics().open == 1)
        #expect(await eventually { peers.open == 1 })
        held.giveBack()
        #expect(peers.open == 0 && pool.statistics().closed == [.lifetime: 2])
    }

    @Test("jitter keeps connections of one moment from ending in one")
    func jitter() async throws {
        let (peers, time) = (Peers(), ManualClock())
        let options = ConnectionPoolOptions(
            idleTimeout: nil, maximumLifetime: .seconds(1000), lifetimeJitter: 0.5, seed: 7)
        let pool = PeerPool(peers, options, time)
        for key in 0..<20 { _ = await pool.outcome("\(key)") }
        #expect(peers.open == 20)
        time.advance(by: .seconds(499))
        #expect(peers.open == 20)
        time.advance(by: .seconds(250))
        #expect((3...17).contains(pool.statistics().open))
        time.advance(by: .seconds(252))
        #expect(pool.statistics().open == 0)
        #expect(await eventually { peers.open == 0 })
    }

    @Test("a dial that takes too long is cancelled, and its waiter told why")
    func dialTimeout() async throws {
        let (peers, time) = (Peers(isManual: true), ManualClock())
        let pool = PeerPool(peers, ConnectionPoolOptions(dialTimeout: .seconds(3)), time)
        async let waiting = pool.outcome()
        #expect(await eventually { peers.pendingCount == 1 })
        time.advance(by: .seconds(4))
        #expect(await waiting.hasPrefix("dial took longer than 3.0 seconds"))
        #expect(pool.statistics().dialFailures == 1 && pool.statistics().dialing == 0)
    }

    @Test("a key is kept warm: dialled without being asked, refilled, and left alone when it can't be reached")
    func warm() async throws {
        let (peers, time) = (Peers(isManual: true), ManualClock())
        let options = ConnectionPoolOptions(
            minimumOpenPerKey: 2, idleTimeout: .seconds(10), initialBackoff: .seconds(2), maximumBackoff: .seconds(8))
        let pool = PeerPool(peers, options, time)
        pool.warm("a")
        for _ in 0..<2 {
            #expect(await eventually { peers.pendingCount > 0 })
            peers.answer(true)
        }
        #expect(await eventually { pool.statistics().idle == 2 })
        time.advance(by: .seconds(60))
        #expect(peers.open == 2)
        peers.kill(1)
        time.advance(by: .seconds(2))
        #expect(await eventually { peers.pendingCount == 1 })
        // Refused: the next try comes after a pause, then a longer one, and after eight none.
        var tries = 3
        while pool.statistics().dialFailures < 8 {
            let failures = pool.statistics().dialFailures
            #expect(await eventually { peers.pendingCount == 1 })
            peers.answer(false)
            #expect(await eventually { pool.statistics().dialFailures == failures + 1 })
            time.advance(by: .seconds(1))
            #expect(peers.dials == tries)
            time.advance(by: .seconds(10))
            tries += 1
        }
        time.advance(by: .seconds(100))
        #expect(peers.dials == 10)
        pool.beginClosing()
    }
}
