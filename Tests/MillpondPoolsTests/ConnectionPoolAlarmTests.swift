import Glibc
import MillpondPools
import Synchronization
import TestSupport
import Testing

@Suite("Connection pool: its alarm", .timeLimit(.minutes(5)))
struct ConnectionPoolAlarmTests {
    /// A clock whose alarms go off when told to, even those that were cancelled: a clock may be that late.
    // Sound: what changes is under the lock.
    final class LateClock: @unchecked Sendable {
        private let lock = Lock()
        private var actions: [@Sendable () -> Void] = []

        var count: Int { lock.withLock { actions.count } }
        func fire(_ index: Int) { lock.withLock { actions[index] }() }

        var clock: PoolClock {
            PoolClock(now: { 1_000_000_000 }) { _, action in
                self.lock.withLock { self.actions.append(action) }
                return {}
            }
        }
    }

    @Test("an alarm that goes off although it was cancelled does not make the pool set another")
    func lateAlarm() async throws {
        let (peers, late) = (Peers(), LateClock())
        let options = ConnectionPoolOptions(maximumOpen: 1, idleTimeout: nil, maximumLifetime: nil)
        let pool = ConnectionPool<String, PeerConnection>(options, clock: late.clock) { _, token in
            try await peers.dial(token)
        }
        // Set for the time the dial may take.
        let held = try await pool.acquire(for: "a")
        #expect(late.count == 1)
        let waiter = Task { await pool.outcome(deadline: .after(.seconds(5))) }
        #expect(await eventually { late.count == 2 })
        late.fire(0)
        #expect(late.count == 2)
        held.giveBack()
        #expect(await waiter.value == "1")
    }

    @Test("a clock may ask the pool, as it sets an alarm and as it cancels one", .timeLimit(.minutes(1)))
    func clockAsksThePool() async throws {
        let peers = Peers()
        let slot = Slot<ConnectionPool<String, PeerConnection>>()
        let asked = Counter()
        let ask: @Sendable () -> Void = {
            guard let pool = slot.exchange(nil) else { return }
            asked.add(pool.statistics().open + 1)
            _ = slot.exchange(pool)
        }
        let clock = PoolClock(now: { 1_000_000_000 }) { _, _ in
            ask()
            return ask
        }
        let options = ConnectionPoolOptions(maximumOpen: 1)
        let pool = ConnectionPool<String, PeerConnection>(options, clock: clock) { _, token in
            try await peers.dial(token)
        }
        _ = slot.exchange(pool)
        let held = try await pool.acquire(for: "a")
        #expect(asked.value > 0)
        held.giveBack()
        try await pool.close()
        _ = slot.exchange(nil)
    }

    /// Tells on which thread it ends.
    struct PlacedConnection: ~Copyable, Sendable {
        let ends: Recorder

        deinit { ends.append(Int(pthread_self())) }
    }

    @Test("connections do not end on the thread that keeps the time")
    func endsElsewhere() async throws {
        let (ends, time) = (Recorder(), ManualClock())
        let options = ConnectionPoolOptions(idleTimeout: .seconds(5))
        let pool = ConnectionPool<Int, PlacedConnection>(options, clock: time.clock) { _, _ in
            PlacedConnection(ends: ends)
        }
        for key in 0..<3 { try await pool.withConnection(for: key) { _ in } }
        let keeper = Counter()
        let workers = WorkerPool(.init(name: "keeper", maximumWorkers: 1))
        try await workers.run {
            keeper.add(Int(pthread_self()))
            time.advance(by: .seconds(10))
        }
        #expect(await eventually { ends.values.count == 3 })
        #expect(!ends.values.contains(keeper.value))
        #expect(await workers.stop(within: .seconds(20)))
        try await pool.close()
    }
}
