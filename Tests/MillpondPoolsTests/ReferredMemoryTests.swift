import MillpondPools
import Synchronization
import Testing

/// Memory that is not the pool's, and a count of how often it was freed.
private final class Owner: Sendable {
    let address: UInt
    let freed: FreedCount

    init(_ bytes: [UInt8], freed: FreedCount) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        unsafe memory.copyBytes(from: bytes)
        address = UInt(bitPattern: memory.baseAddress)
        self.freed = freed
    }

    deinit {
        unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
        freed.count.wrappingAdd(1, ordering: .relaxed)
    }

    func buffer(_ count: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count)
    }
}

private final class FreedCount: Sendable {
    let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
}

@Suite("Memory of somebody else's", .timeLimit(.minutes(5)))
struct ReferredMemoryTests {
    let pool = BlockPool(BlockPool.Options(budget: 1 << 20))

    private func bytes(_ shared: borrowing SharedBytes) -> [UInt8] {
        unsafe shared.withUnsafeBytes { unsafe Array($0) }
    }

    @Test("the bytes stay where they are, and their owner lives as long as the last reference")
    func livesWithTheLastReference() throws {
        let freed = FreedCount()
        var kept = SharedBytes()
        do {
            let owner = Owner([1, 2, 3, 4, 5], freed: freed)
            let shared = try unsafe SharedBytes(unsafeBytes: owner.buffer(5), keptAliveBy: owner, pool: pool)
            unsafe #expect(shared.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } == owner.address)
            var other = shared.clone()
            _ = consume shared
            let head = other.splitPrefix(2)
            #expect(bytes(head) == [1, 2])
            kept = other.slice(1..<3)
        }
        #expect(freed.value == 0)
        #expect(bytes(kept) == [4, 5])
        #expect(pool.statistics().outstandingBytes == 512)
        kept = SharedBytes()
        #expect(freed.value == 1)
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test("the last release may be on another thread")
    func releasedElsewhere() async throws {
        let freed = FreedCount()
        for round in 0..<100 {
            let owner = Owner([UInt8(round)], freed: freed)
            let first = try unsafe SharedBytes(unsafeBytes: owner.buffer(1), keptAliveBy: owner, pool: pool)
            let second = Mutex(first.clone())
            async let there: UInt8 = second.withLock { shared in
                let byte = unsafe shared.withUnsafeBytes { unsafe $0[0] }
                shared = SharedBytes()
                return byte
            }
            #expect(bytes(first) == [UInt8(round)])
            _ = consume first
            #expect(await there == UInt8(round))
        }
        #expect(freed.value == 100)
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test("of no bytes, nothing is kept")
    func empty() throws {
        let freed = FreedCount()
        do {
            let owner = Owner([], freed: freed)
            let shared = try unsafe SharedBytes(unsafeBytes: owner.buffer(0), keptAliveBy: owner, pool: pool)
            _ = consume owner
            #expect(freed.value == 1)
            #expect(bytes(shared) == [])
        }
        #expect(freed.value == 1)
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test("where the pool refuses the count's block, nothing is kept")
    func refused() throws {
        let freed = FreedCount()
        let small = BlockPool(BlockPool.Options(budget: 512))
        let block = try small.take(minimumCapacity: 512)
        do {
            let owner = Owner([1], freed: freed)
            #expect(throws: BlockPoolError.self) {
                _ = try unsafe SharedBytes(unsafeBytes: owner.buffer(1), keptAliveBy: owner, pool: small).count
            }
        }
        #expect(freed.value == 1)
        #expect(block.capacity == 512)
    }
}
