import MillpondPools
import TestSupport
import Testing

/// Random sequences of operations, compared with a simple model.
@Suite("Pools, by random operations", .timeLimit(.minutes(5)))
struct PropertyTests {
    /// The bytes of a view, one by one.
    static func array(_ bytes: RawSpan) -> [UInt8] {
        bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }

    @Test("shared bytes behave like slices of an array", arguments: 0..<20)
    func sharedBytes(seed: Int) throws {
        var random = Random(seed: UInt64(seed))
        let pool = BlockPool(BlockPool.Options(trimInterval: nil))
        let source = (0..<Int.random(in: 1...1000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
        }
        var bytes = unsafe try SharedBytes(copying: source.span.bytes, from: pool)
        var model = source[...]
        for _ in 0..<200 {
            let cut = Int.random(in: 0...model.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where cut < model.count / 4:
                bytes.removeFirst(cut)
                model = model.dropFirst(cut)
            case 1 where cut > model.count * 3 / 4:
                bytes.truncate(to: cut)
                model = model.prefix(cut)
            case 2:
                let part = bytes.slice(cut..<model.count)
                #expect(Self.array(part.bytes) == Array(model.dropFirst(cut)))
            case 3 where cut < model.count / 4:
                let prefix = bytes.splitPrefix(cut)
                #expect(Self.array(prefix.bytes) == Array(model.prefix(cut)))
                model = model.dropFirst(cut)
            case 4:
                // The copy goes on, the original goes away.
                bytes = bytes.clone()
            default:
                #expect(bytes.count == model.count && bytes.isEmpty == model.isEmpty)
            }
        }
        #expect(Self.array(bytes.bytes) == Array(model))
        #expect(pool.statistics().outstanding == 1)
        bytes = SharedBytes()
        #expect(pool.statistics().outstanding == 0)
    }

    /// The words at the ends of a block and at every kilobyte of it, after stamping them if there is a stamp.
    static func stamps(_ block: inout Block, _ stamp: UInt64? = nil) -> [UInt64] {
        unsafe block.withUnsafeMutableBytes { memory in
            let places = Array(stride(from: 0, to: memory.count - 8, by: 1024)) + [memory.count - 8]
            return places.map { place in
                if let stamp { unsafe memory.storeBytes(of: stamp, toByteOffset: place, as: UInt64.self) }
                return unsafe memory.load(fromByteOffset: place, as: UInt64.self)
            }
        }
    }

    @Test("no two blocks overlap, and none changes while it is out", arguments: 0..<8)
    func blocksAreDisjoint(seed: Int) throws {
        var random = Random(seed: UInt64(seed) &+ 1000)
        let pool = BlockPool(BlockPool.Options(budget: 8 << 20, magazineDepth: 4, retainedBytes: 1 << 20))
        // Each block is stamped when taken and checked when let go.
        var slots = (0..<64).map { _ in Slot<Block>() }
        var stamps = [UInt64](repeating: 0, count: slots.count)
        for round in 1...2000 {
            let index = Int.random(in: 0..<slots.count, using: &random)
            if var old = slots[index].exchange(nil) {
                #expect(Self.stamps(&old).allSatisfy { $0 == stamps[index] })
            }
            let size = [1, 600, 5000, 40_000, 500_000].randomElement(using: &random)!
            guard var block = try? pool.take(minimumCapacity: size) else { continue }
            stamps[index] = UInt64(round)
            _ = Self.stamps(&block, UInt64(round))
            _ = slots[index].exchange(block)
            if round % 500 == 0 { pool.trim() }
        }
        let statistics = pool.statistics()
        #expect(statistics.highWaterBytes <= statistics.budget)
        #expect(statistics.outstandingBytes + statistics.idleBytes <= statistics.budget)
        slots = []
        #expect(pool.statistics().outstanding == 0)
    }

    @Test("the account is right whatever threads do with blocks")
    func threadsAndAccount() throws {
        let pool = BlockPool(BlockPool.Options(budget: 4 << 20, trimInterval: .milliseconds(1)))
        let slots = (0..<32).map { _ in Slot<Block>() }
        let taken = Counter()
        onThreads(4) { thread in
            var random = Random(seed: UInt64(thread) &+ 77)
            for _ in 0..<5000 {
                let size = [512, 4096, 4096, 65_536].randomElement(using: &random)!
                let slot = slots.randomElement(using: &random)!
                if Bool.random(using: &random), let block = try? pool.take(minimumCapacity: size) {
                    taken.add()
                    _ = slot.exchange(block)
                } else {
                    _ = slot.exchange(nil)
                }
            }
        }
        for slot in slots { _ = slot.exchange(nil) }
        let statistics = pool.statistics()
        #expect(statistics.outstanding == 0)
        #expect(statistics.hits + statistics.misses == UInt64(taken.value))
        #expect(statistics.highWaterBytes <= 4 << 20)
        #expect(statistics.threads <= 1)
    }

    @Test("the last of many references on many threads returns the block, once")
    func references() throws {
        let pool = BlockPool(BlockPool.Options(trimInterval: nil))
        for _ in 0..<50 {
            let slots = (0..<16).map { _ in Slot<SharedBytes>() }
            let bytes = unsafe try SharedBytes(copying: [1, 2, 3].span.bytes, from: pool)
            for slot in slots { _ = slot.exchange(bytes.clone()) }
            _ = consume bytes
            onThreads(4) { thread in
                for index in slots.indices where index % 4 == thread {
                    let mine = slots[index].exchange(nil)
                    #expect(mine?.slice(1..<3).clone().count == 2)
                }
            }
            #expect(pool.statistics().outstanding == 0)
        }
        let statistics = pool.statistics()
        #expect(statistics.sizeClasses.map(\.idle).reduce(0, +) == Int(statistics.misses))
    }

    @Test("static bytes need no pool, an empty slice keeps no block")
    func immortal() throws {
        let literal = SharedBytes("hello, world")
        #expect(Self.array(literal.slice(7..<12).bytes) == Array("world".utf8))
        #expect(SharedBytes().count == 0)
        let pool = BlockPool(BlockPool.Options(trimInterval: nil))
        let bytes = unsafe try SharedBytes(copying: [1, 2, 3].span.bytes, from: pool)
        let empty = bytes.slice(1..<1)
        _ = consume bytes
        #expect(empty.isEmpty && pool.statistics().outstanding == 0)
        let nothing = try SharedBytes(copying: RawSpan(), from: pool)
        #expect(nothing.count == 0)
    }
}
