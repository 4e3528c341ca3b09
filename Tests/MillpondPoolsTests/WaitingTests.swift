import MillpondPools
import TestSupport
import Testing

@Suite("Waiting for blocks", .timeLimit(.minutes(5)))
struct WaitingTests {
    static func pool(blocks: Int, of size: Int = 4096, timeout: Duration = .seconds(20)) -> BlockPool {
        BlockPool(BlockPool.Options(budget: blocks * size, atLimit: .wait(timeout: timeout)))
    }

    @Test("take never waits, takeOrWait with .fail neither")
    func failing() async throws {
        let pool = BlockPool(BlockPool.Options(budget: 8192))
        let first = try pool.take(minimumCapacity: 8192)
        #expect(throws: BlockPoolError.budgetExceeded(requested: 512, inUse: 8192, budget: 8192)) {
            _ = try pool.take(minimumCapacity: 1)
        }
        await #expect(throws: BlockPoolError.self) { _ = try await pool.takeOrWait(minimumCapacity: 1) }
        #expect(pool.statistics().refusals == 2)
        #expect(first.capacity == 8192)
    }

    @Test("what can never fit fails at once")
    func neverFits() async throws {
        let pool = Self.pool(blocks: 1)
        await #expect(throws: BlockPoolError.self) { _ = try await pool.takeOrWait(minimumCapacity: 8192) }
        await #expect(throws: BlockPoolError.negativeSize(-5)) { _ = try await pool.takeOrWait(minimumCapacity: -5) }
    }

    @Test("a waiter gets the block that another thread returns")
    func handOver() async throws {
        let pool = Self.pool(blocks: 1)
        let slot = Slot<Block>()
        _ = slot.exchange(try pool.take(minimumCapacity: 4096))
        async let waited = Self.capacity(pool)
        #expect(await eventually { pool.statistics().waiting == 1 })
        #expect(throws: BlockPoolError.self) { _ = try pool.take(minimumCapacity: 1) }
        onThreads(1) { _ in _ = slot.exchange(nil) }
        #expect(try await waited == 4096)
        #expect(pool.statistics().outstanding == 0)
    }

    static func capacity(_ pool: BlockPool, _ size: Int = 4096) async throws -> Int {
        let block = try await pool.takeOrWait(minimumCapacity: size)
        return block.capacity
    }

    @Test("waiters are served in their order, the next ones stay behind a large one")
    func order() async throws {
        let pool = Self.pool(blocks: 4)
        let slots = [Slot<Block>(), Slot(), Slot(), Slot()]
        for slot in slots { _ = slot.exchange(try pool.take(minimumCapacity: 4096)) }
        let order = Recorder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, size) in [4096, 8192, 4096].enumerated() {
                group.addTask {
                    _ = try await pool.takeOrWait(minimumCapacity: size)
                    order.append(index)
                }
                #expect(await eventually { pool.statistics().waiting == index + 1 })
            }
            // One block: enough for the first, and once it is back for the third, which has to stay behind the second.
            _ = slots[0].exchange(nil)
            #expect(await eventually { order.values == [0] })
            #expect(pool.statistics().waiting == 2)
            _ = slots[1].exchange(nil)
            #expect(await eventually { order.values.count == 3 })
            try await group.waitForAll()
        }
        #expect(order.values.first == 0)
        #expect(pool.statistics().waiting == 0)
    }

    @Test("a deadline ends the wait, and the queue moves on")
    func deadline() async throws {
        let pool = Self.pool(blocks: 2)
        var held: Block? = try pool.take(minimumCapacity: 4096)
        let other = try pool.take(minimumCapacity: 4096)
        // The first wants more than will come free; behind it waits one that wants little.
        async let large = Self.outcome { try await pool.takeOrWait(minimumCapacity: 8192, timeout: .milliseconds(50)) }
        #expect(await eventually { pool.statistics().waiting == 1 })
        async let small = Self.outcome { try await pool.takeOrWait(minimumCapacity: 4096) }
        #expect(await eventually { pool.statistics().waits == 2 })
        held = nil
        #expect(await large == "timed out")
        #expect(await small == "block")
        #expect(held == nil && other.capacity == 4096)
    }

    static func outcome(_ take: @Sendable () async throws -> Block) async -> String {
        do {
            let block = try await take()
            return block.capacity > 0 ? "block" : "empty"
        } catch is CancellationError {
            return "cancelled"
        } catch let error as BlockPoolError {
            return error.isTimedOut ? "timed out" : "error"
        } catch {
            return "unknown"
        }
    }

    @Test("cancelling ends the wait, before and during it")
    func cancellation() async throws {
        let pool = Self.pool(blocks: 1)
        let held = try pool.take(minimumCapacity: 4096)
        let task = Task { await Self.outcome { try await pool.takeOrWait(minimumCapacity: 1) } }
        #expect(await eventually { pool.statistics().waiting == 1 })
        task.cancel()
        #expect(await task.value == "cancelled")
        let early = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await Self.outcome { try await pool.takeOrWait(minimumCapacity: 1) }
        }
        #expect(await early.value == "cancelled")
        #expect(pool.statistics().waiting == 0)
        #expect(held.capacity == 4096)
    }

    @Test("no wake-up is lost and no block, whatever takes, waits, cancels and times out")
    func storm() async throws {
        let pool = Self.pool(blocks: 3, timeout: .seconds(30))
        let served = Counter()
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var random = Random(seed: UInt64(worker))
                    for _ in 0..<400 {
                        let size = [512, 4096, 4096, 12_288].randomElement(using: &random)!
                        let timeout: Duration? = Int.random(in: 0..<8, using: &random) == 0 ? .microseconds(50) : nil
                        let task = Task {
                            await Self.outcome { try await pool.takeOrWait(minimumCapacity: size, timeout: timeout) }
                        }
                        if Int.random(in: 0..<8, using: &random) == 0 { task.cancel() }
                        if await task.value == "block" { served.add() }
                    }
                }
            }
        }
        let statistics = pool.statistics()
        #expect(statistics.waiting == 0)
        #expect(statistics.outstanding == 0)
        #expect(served.value > 1000)
        #expect(statistics.highWaterBytes <= statistics.budget)
    }
}
