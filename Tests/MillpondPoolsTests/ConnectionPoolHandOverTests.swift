import MillpondPools
import Synchronization
import TestSupport
import Testing

@Suite("Connection pool: handing over", .timeLimit(.minutes(5)))
struct ConnectionPoolHandOverTests {
    /// Holds a thread that ends a connection, once.
    final class Stop: Sendable {
        let isArmed = Atomic<Bool>(false)
        let gate = Gate()
        let arrived = Counter()
        let ended = Counter()
    }

    struct StoppedConnection: ~Copyable, Sendable {
        let stop: Stop

        deinit {
            if stop.isArmed.exchange(false, ordering: .acquiringAndReleasing) {
                stop.arrived.add()
                stop.gate.pass()
            }
            stop.ended.add()
        }
    }

    @Test("the last reference to a pool may go while a connection that came back is being closed")
    func poolEndsWhileClosing() async throws {
        typealias Pool = ConnectionPool<SinglePeer, StoppedConnection>
        let stop = Stop()
        let pool = Slot<Pool>()
        let held = Slot<PooledConnection<SinglePeer, StoppedConnection>>()
        let dials = Counter()
        let waiter: Task<Void, any Error>
        do {
            let first = Pool(ConnectionPoolOptions(maximumOpen: 1)) { _, _ in
                dials.add()
                return StoppedConnection(stop: stop)
            }
            var lease = try await first.acquire(for: SinglePeer())
            lease.markUnusable()
            _ = held.exchange(lease)
            waiter = Task { _ = try await first.acquire(for: SinglePeer()) }
            #expect(await eventually { first.statistics().waiting == 1 })
            _ = pool.exchange(first)
        }
        stop.isArmed.store(true, ordering: .releasing)
        let workers = WorkerPool(.init(name: "closer", maximumWorkers: 1))
        // Closes the connection, and then is to dial for the waiter.
        try workers.submit { _ = held.exchange(nil) }
        #expect(await eventually { stop.arrived.value == 1 })
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        _ = pool.exchange(nil)
        stop.gate.open()
        #expect(await workers.stop(within: .seconds(20)))
        #expect(await eventually { stop.ended.value == dials.value })
    }

    @Test("a connection that is handed to a waiter is checked as any other, and the waiter keeps its place")
    func checkedBeforeHandedOver() async throws {
        let peers = Peers()
        let hooks = ConnectionPoolHooks<PeerConnection>(isUsable: { _ in false })
        let pool = PeerPool(peers, ConnectionPoolOptions(maximumOpen: 1), hooks: hooks)
        let held = try await pool.acquire(for: "a")
        async let first = pool.outcome()
        #expect(await eventually { pool.statistics().waiting == 1 })
        async let second = pool.outcome()
        #expect(await eventually { pool.statistics().waiting == 2 })
        held.giveBack()
        // Connection 1 was refused, and the dial begun for the first waiter serves it, not the one behind.
        #expect(await first == "2")
        #expect(await second == "3")
        #expect(pool.statistics().closed == [.stale: 2] && peers.mostOpenAtOnce <= 2)
    }

    @Test("a waiter whose connection was refused is late by the time it came")
    func refusedThenLate() async throws {
        let (peers, time) = (Peers(isManual: true), ManualClock())
        let hooks = ConnectionPoolHooks<PeerConnection>(isUsable: { _ in false })
        let pool = PeerPool(peers, ConnectionPoolOptions(maximumOpen: 1, dialTimeout: .seconds(60)), time, hooks: hooks)
        let held = Slot<PooledConnection<String, PeerConnection>>()
        let first = Task { _ = held.exchange(try await pool.acquire(for: "a")) }
        #expect(await eventually { peers.pendingCount == 1 })
        peers.answer(true)
        try await first.value
        async let late = pool.outcome(deadline: .after(.seconds(5)))
        #expect(await eventually { pool.statistics().waiting == 1 })
        time.advance(by: .seconds(3))
        _ = held.exchange(nil)
        #expect(await eventually { peers.pendingCount == 1 && pool.statistics().waiting == 1 })
        time.advance(by: .seconds(3))
        #expect(await late == "timed out")
        peers.answer(true)
        #expect(await eventually { pool.statistics().idle == 1 })
    }
}
