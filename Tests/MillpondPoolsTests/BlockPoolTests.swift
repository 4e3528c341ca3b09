import Glibc
import MillpondPools
import TestSupport
import Testing

@Suite("BlockPool", .timeLimit(.minutes(5)))
struct BlockPoolTests {
    @Test("blocks idle with another thread do not count as in use")
    func idleElsewhere() throws {
        let pool = BlockPool(BlockPool.Options(budget: 16 * 4096))
        let parked = Counter()
        let done = Counter()
        onThreads(2) { index in
            if index == 0 {
                for _ in 0..<2 {
                    var blocks = BlockList(pool: pool)
                    blocks.fill(16, of: 4096)
                }
                parked.add()
                while done.value == 0 { usleep(100) }
            } else {
                while parked.value == 0 { usleep(100) }
                // The other thread keeps all the budget in its magazine and sleeps.
                var blocks = BlockList(pool: pool)
                blocks.fill(1, of: 65_536)
                #expect(blocks.count == 1)
                done.add()
            }
        }
        #expect(pool.statistics().outstanding == 0)
    }

    @Test("two trims without use give all memory back")
    func trim() throws {
        let pool = BlockPool(BlockPool.Options(trimInterval: nil))
        for size in [512, 4096, 65_536, 1 << 20] {
            var blocks = BlockList(pool: pool)
            blocks.fill(20, of: size)
        }
        let used = pool.statistics()
        #expect(used.outstanding == 0 && used.idleBytes > 20 << 20)
        pool.trim()
        #expect(pool.statistics().idleBytes == used.idleBytes)
        // What is used between two trims stays.
        let block = try pool.take(minimumCapacity: 4096)
        _ = consume block
        pool.trim()
        let trimmed = pool.statistics()
        #expect(trimmed.sizeClasses.filter { $0.idle > 0 }.map(\.capacity) == [4096])
        pool.trim()
        pool.trim()
        #expect(pool.statistics().idleBytes == 0)
        #expect(pool.statistics().mappedBytes == 0)
    }

    @Test("what stays idle is trimmed by itself")
    func trimOnSchedule() async throws {
        let pool = BlockPool(BlockPool.Options(trimInterval: .milliseconds(5)))
        var blocks = BlockList(pool: pool)
        blocks.fill(20, of: 4096)
        // Also what becomes idle only after several rounds.
        try await Task.sleep(for: .milliseconds(30))
        #expect(pool.statistics().outstanding == 20)
        blocks.drop()
        #expect(await eventually { pool.statistics().mappedBytes == 0 })
    }

    @Test("blocks outlive their pool, on any thread")
    func poolGoesFirst() throws {
        let slot = Slot<SharedBytes>()
        var block: Block
        do {
            let pool = BlockPool()
            block = try pool.take(minimumCapacity: 4096)
            _ = unsafe slot.exchange(try SharedBytes(copying: "kept".utf8Span.span.bytes, from: pool))
        }
        unsafe block.copy("still here".utf8Span.span.bytes)
        #expect(unsafe block.bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == UInt8(ascii: "s"))
        onThreads(1) { _ in
            let bytes = slot.exchange(nil)
            #expect(bytes?.count == 4)
        }
        _ = consume block
    }

    @Test("a thread that ends leaves its blocks to the others")
    func threadEnd() throws {
        let pool = BlockPool(BlockPool.Options(trimInterval: nil))
        onThreads(4) { _ in
            var blocks = BlockList(pool: pool)
            blocks.fill(30, of: 2048)
        }
        let statistics = pool.statistics()
        #expect(statistics.threads == 0)
        #expect(statistics.outstanding == 0)
        #expect(statistics.idleBytes >= 30 * 2048)
        var blocks = BlockList(pool: pool)
        blocks.fill(30, of: 2048)
        #expect(pool.statistics().misses == statistics.misses)
    }

    @Test("blocks taken on one thread and returned on another come around again")
    func foreignRelease() throws {
        let pool = BlockPool(BlockPool.Options(trimInterval: nil))
        let slots = (0..<64).map { _ in Slot<Block>() }
        let rounds = 2000
        onThreads(2) { index in
            for round in 0..<rounds {
                for slot in slots {
                    if index == 0 {
                        // A budget of half of the memory is not used up here.
                        if let block = try? pool.take(minimumCapacity: 1024) { _ = slot.exchange(block) }
                    } else {
                        _ = slot.exchange(nil)
                    }
                }
                if round % 16 == 0 { sched_yield() }
            }
        }
        for slot in slots { _ = slot.exchange(nil) }
        let statistics = pool.statistics()
        #expect(statistics.outstanding == 0)
        #expect(statistics.hits + statistics.misses == UInt64(rounds * slots.count))
        #expect(statistics.misses < 2000)
    }

    @Test("many pools come and go, more than there are thread slots")
    func manyPools() throws {
        var pools: [BlockPool] = []
        for round in 0..<300 {
            let pool = BlockPool(BlockPool.Options(trimInterval: nil))
            for _ in 0..<3 {
                let block = try pool.take(minimumCapacity: 700)
                #expect(block.capacity == 768)
            }
            #expect(pool.statistics().misses == 1)
            pools.append(pool)
            if round % 7 == 0 { pools.removeFirst(pools.count / 2) }
        }
    }

    @Test("statistics add up")
    func statistics() throws {
        let pool = BlockPool(BlockPool.Options(budget: 1 << 20, trimInterval: nil))
        let first = try pool.take(minimumCapacity: 4096)
        let second = try pool.take(minimumCapacity: 600)
        var statistics = pool.statistics()
        #expect(statistics.outstanding == 2)
        #expect(statistics.outstandingBytes == 4096 + 768)
        #expect(statistics.misses == 2 && statistics.hits == 0)
        #expect(statistics.highWaterBytes == 4096 + 768)
        #expect(statistics.threads == 1)
        _ = (first.capacity, second.capacity)
        _ = consume first
        _ = consume second
        _ = try pool.take(minimumCapacity: 4000)
        statistics = pool.statistics()
        #expect(statistics.hits == 1 && statistics.outstanding == 0)
        #expect(statistics.idleBytes == 4096 + 768)
    }

    @Test("the depot keeps no more than it may")
    func retained() throws {
        let pool = BlockPool(
            BlockPool.Options(magazineDepth: 0, retainedBytes: 10 * 4096, trimInterval: nil))
        var blocks = BlockList(pool: pool)
        blocks.fill(50, of: 4096)
        blocks.drop()
        #expect(pool.statistics().idleBytes <= 10 * 4096)
    }
}

/// Blocks in a stack.
@safe
struct BlockList: ~Copyable {
    let pool: BlockPool
    private(set) var count = 0
    private let blocks = UnsafeMutablePointer<Block>.allocate(capacity: 4096)

    init(pool: BlockPool) { self.pool = pool }

    deinit {
        unsafe blocks.deinitialize(count: count)
        unsafe blocks.deallocate()
    }

    /// Takes blocks until there are `count`, or no more to be had.
    mutating func fill(_ count: Int, of size: Int) {
        while self.count < count, let block = try? pool.take(minimumCapacity: size) {
            unsafe (blocks + self.count).initialize(to: block)
            self.count += 1
        }
    }

    mutating func drop() {
        unsafe blocks.deinitialize(count: count)
        count = 0
    }
}
