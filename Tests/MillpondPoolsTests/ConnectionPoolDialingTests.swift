import TestSupport
import Testing

@testable import MillpondPools

@Suite("Connection pool: dials that come to nothing", .timeLimit(.minutes(5)))
struct ConnectionPoolDialingTests {
    @Test("a connection that died during its dial is a failed dial: one waiter is told, and nothing is dialled again")
    func deadOnArrival() async throws {
        let peers = Peers()
        let pool = PeerPool(clock: ManualClock().clock) { _, token in
            let connection = try await peers.dial(token)
            // Enough is enough, if the pool does not see to it.
            if connection.number > 20 { throw Peers.Refused(number: connection.number) }
            token.connectionDied()
            return connection
        }
        do {
            _ = try await pool.acquire(for: "a")
            Issue.record("lent out a dead connection")
        } catch let error as ConnectionPoolError {
            #expect(error.isDialFailed)
            #expect(error.cause is ConnectionPoolError)
        }
        #expect(peers.dials == 1)
        #expect(await eventually { peers.open == 0 })
        let statistics = pool.statistics()
        #expect(statistics.closed == [.died: 1] && statistics.keys == 0)
        #expect(statistics.dials == statistics.dialFailures + statistics.closedInTotal)
    }

    @Test("connections that die during their dials are dialled for the minimum after pauses only")
    func deadOnArrivalWarm() async throws {
        let (peers, time) = (Peers(), ManualClock())
        let options = ConnectionPoolOptions(
            minimumOpenPerKey: 1, initialBackoff: .seconds(4), maximumBackoff: .seconds(4))
        let pool = PeerPool(options, clock: time.clock) { _, token in
            let connection = try await peers.dial(token)
            token.connectionDied()
            return connection
        }
        pool.warm("a")
        #expect(await eventually { pool.statistics().closed == [.died: 1] })
        time.advance(by: .seconds(3))
        #expect(pool.statistics().dials == 1)
        time.advance(by: .seconds(3))
        #expect(await eventually { pool.statistics().closed == [.died: 2] })
        pool.beginClosing()
    }

    @Test("a pool whose connections have no lifetime is refused, as it would dial for ever")
    func noLifetime() async {
        await #expect(processExitsWith: .failure) {
            _ = PoolLimits(ConnectionPoolOptions(maximumLifetime: .zero))
        }
    }

    @Test("the shortest lifetime, and all of it taken by the jitter, still serves who waits")
    func shortestLifetime() async {
        let peers = Peers()
        let options = ConnectionPoolOptions(maximumLifetime: .nanoseconds(1), lifetimeJitter: 1)
        let pool = PeerPool(peers, options)
        #expect(await pool.outcome() == "1")
        #expect(peers.dials == 1)
    }

    @Test("warming a key of a closed pool leaves nothing behind")
    func warmAfterClose() {
        let pool = ConnectionPool<Int, Int> { key, _ in key }
        pool.beginClosing()
        for key in 0..<100 { pool.warm(key) }
        #expect(pool.statistics().keys == 0)
    }

    @Test("pauses after failed dials grow to their maximum, however long they are")
    func longPauses() {
        let start = 1 << 44
        var state = PoolState(
            PoolLimits(
                ConnectionPoolOptions(
                    maximumOpenPerKey: 1, initialBackoff: .nanoseconds(start), maximumBackoff: .seconds(3_000_000_000),
                    seed: 1)),
            now: 0)
        let partition = state.addPartition()
        var pauses: [UInt64] = []
        // Somebody always waits on, so that the key is not forgotten.
        var first = PoolActions()
        _ = state.acquire(partition, deadline: .max, now: 0, &first)
        for _ in 0..<64 {
            var actions = PoolActions()
            _ = state.acquire(partition, deadline: .max, now: 0, &actions)
            state.dialFailed(PoolID(index: 0, generation: UInt32(pauses.count)), now: 0, &actions)
            pauses.append(state.partitions[Int(partition)].retryAt)
        }
        #expect(pauses.first == UInt64(start))
        #expect(pauses == pauses.sorted())
        #expect(pauses.last == 3_000_000_000_000_000_000)
    }
}
