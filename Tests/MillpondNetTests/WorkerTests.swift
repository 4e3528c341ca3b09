import MillpondNet
import MillpondPools
import TestSupport
import Testing

/// Tasks of a reactor that leave work to a pool.
@Suite(.timeLimit(.minutes(5))) struct WorkerTests {
    @Test func aTaskIsOnItsReactorAfterWaitingForAWorker() async throws {
        struct Refusal: Error {}
        let pool = WorkerPool(.init(maximumWorkers: 2, queueLimit: 1, atLimit: .wait(timeout: .seconds(60))))
        try await withGroup(2) { group in
            for reactor in group.reactors {
                try await withThrowingTaskGroup { tasks in
                    for number in 0..<8 {
                        tasks.addTask(executorPreference: reactor) {
                            for _ in 0..<100 {
                                let (result, wasOnReactor) = try await pool.run { (number, reactor.isCurrent) }
                                #expect(result == number && !wasOnReactor)
                                #expect(reactor.isCurrent)
                                await #expect(throws: Refusal.self) { try await pool.run { throw Refusal() } }
                                #expect(reactor.isCurrent)
                                try await pool.submitOrWait {}
                                #expect(reactor.isCurrent)
                            }
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
        }
        #expect(await pool.stop(within: .seconds(10)))
        #expect(pool.statistics().completed == 2 * 8 * 100 * 2)
        #expect(pool.statistics().failed == 2 * 8 * 100)
    }
}
