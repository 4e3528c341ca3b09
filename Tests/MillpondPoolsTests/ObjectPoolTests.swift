import Glibc
import MillpondPools
import TestSupport
import Testing

@Suite("ObjectPool", .timeLimit(.minutes(5)))
struct ObjectPoolTests {
    /// An object whose existence is counted.
    struct Tracked: ~Copyable, Sendable {
        let count: Counter
        var number = 0

        init(_ count: Counter) {
            self.count = count
            count.add(1)
        }

        deinit { count.add(-1) }
    }

    static func pool(_ alive: Counter, _ options: ObjectPoolOptions = .init(trimInterval: nil)) -> ObjectPool<Tracked> {
        ObjectPool(options, make: { Tracked(alive) })
    }

    @Test("an object comes back and is lent again, as it was left")
    func reuse() {
        let alive = Counter()
        do {
            let pool = Self.pool(alive)
            pool.withObject { $0.number += 1 }
            let number = pool.withObject { object in
                object.number += 1
                return object.number
            }
            #expect(number == 2)
            #expect(alive.value == 1)
            #expect(pool.statistics().hits == 1 && pool.statistics().misses == 1)
            #expect(pool.statistics().outstanding == 0 && pool.statistics().idle == 1)
        }
        #expect(alive.value == 0)
    }

    @Test("an owner hands its object back when it ends, wherever that is")
    func owned() {
        let alive = Counter()
        let pool = Self.pool(alive)
        let slot = Slot<Pooled<Tracked>>()
        var first = pool.take()
        first.value.number = 7
        _ = slot.exchange(first)
        #expect(pool.statistics().outstanding == 1)
        onThreads(1) { _ in _ = slot.exchange(nil) }
        // The other thread has ended and left it.
        let second = pool.take()
        #expect(second.value.number == 7)
        #expect(alive.value == 1)
    }

    @Test("the reset hook readies objects, and refuses those not worth keeping")
    func reset() {
        let alive = Counter()
        let pool = ObjectPool(ObjectPoolOptions(trimInterval: nil)) {
            Tracked(alive)
        } reset: { object in
            if object.number > 100 { return false }
            object.number = 0
            return true
        }
        pool.withObject { $0.number = 50 }
        #expect(pool.withObject { $0.number } == 0)
        pool.withObject { $0.number = 1000 }
        #expect(alive.value == 0)
        var broken = pool.take()
        broken.value.number = 1
        broken.discard()
        #expect(alive.value == 0)
        #expect(pool.statistics().outstanding == 0)
    }

    @Test("an error leaves the scope, the object goes back")
    func throwing() {
        struct Failure: Error, Equatable {}
        let alive = Counter()
        let pool = Self.pool(alive)
        #expect(throws: Failure()) { try pool.withObject { _ throws(Failure) in throw Failure() } }
        #expect(pool.statistics().idle == 1)
    }

    @Test("no more is retained than allowed")
    func bound() {
        let alive = Counter()
        let pool = Self.pool(alive, ObjectPoolOptions(perThread: 4, retained: 10, trimInterval: nil))
        let slots = (0..<100).map { _ in Slot<Pooled<Tracked>>() }
        for slot in slots { _ = slot.exchange(pool.take()) }
        #expect(alive.value == 100)
        for slot in slots { _ = slot.exchange(nil) }
        #expect(alive.value <= 14)
        #expect(pool.statistics().idle == alive.value)
    }

    @Test("two trims without use let everything go")
    func trim() {
        let alive = Counter()
        let pool = Self.pool(alive)
        pool.withObject { _ in pool.withObject { _ in } }
        pool.trim()
        #expect(alive.value == 2)
        pool.withObject { _ in }
        pool.trim()
        #expect(alive.value == 1)
        pool.trim()
        #expect(alive.value == 0)
    }

    @Test("objects outlive their pool")
    func poolGoesFirst() {
        let alive = Counter()
        var object: Pooled<Tracked>
        do {
            let pool = Self.pool(alive)
            pool.withObject { _ in }
            object = pool.take()
        }
        object.value.number = 3
        #expect(alive.value == 1)
        _ = consume object
        #expect(alive.value == 0)
    }

    @Test("an object may hold another of the same pool, and a factory may use it")
    func nested() {
        final class Node: Sendable {
            let inner: Slot<Pooled<Node>> = Slot()
        }
        let pool = ObjectPool<Node>(ObjectPoolOptions(perThread: 1, retained: 1, trimInterval: nil)) { Node() }
        do {
            let first = pool.take()
            let second = pool.take()
            #expect(first.value !== second.value)
        }
        let outer = pool.take()
        _ = outer.value.inner.exchange(pool.take())
        outer.discard()
        pool.trim()
        pool.trim()
        #expect(pool.statistics().outstanding == 0)
    }

    @Test("pools of either kind take over the thread slots of those that are gone")
    func slotsAreReused() throws {
        for round in 0..<200 {
            do {
                let objects = ObjectPool<[Int]>(make: { [] })
                objects.withObject { $0.append(round) }
                #expect(objects.withObject { $0 } == [round])
            }
            let blocks = BlockPool(BlockPool.Options(trimInterval: nil))
            for size in [1 << 20, 512, 4096, 300_000] {
                let block = try blocks.take(minimumCapacity: size)
                #expect(block.capacity >= size)
            }
        }
    }

    @Test("an object that is not Sendable can be lent")
    func regions() {
        final class Scratch {
            var bytes: [UInt8] = []
        }
        let pool = ObjectPool<Scratch>(make: { Scratch() })
        let count = pool.withObject { scratch in
            scratch.bytes.append(1)
            return scratch.bytes.count
        }
        #expect(count == 1)
    }

    @Test("threads share what they leave, and lose nothing")
    func threads() {
        let alive = Counter()
        let pool = Self.pool(alive)
        let used = Counter()
        let slots = (0..<16).map { _ in Slot<Pooled<Tracked>>() }
        onThreads(4) { index in
            var random = Random(seed: UInt64(index))
            for _ in 0..<5000 {
                switch Int.random(in: 0..<3, using: &random) {
                case 0: pool.withObject { $0.number += 1 }
                case 1: _ = slots.randomElement(using: &random)?.exchange(pool.take())
                default: _ = slots.randomElement(using: &random)?.exchange(nil)
                }
                used.add()
                if Int.random(in: 0..<500, using: &random) == 0 { pool.trim() }
            }
        }
        for slot in slots { _ = slot.exchange(nil) }
        #expect(used.value == 20_000)
        let statistics = pool.statistics()
        #expect(statistics.outstanding == 0)
        #expect(statistics.idle == alive.value)
    }
}
