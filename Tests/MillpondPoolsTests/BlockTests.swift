import MillpondPools
import Testing

@Suite("Block", .timeLimit(.minutes(5)))
struct BlockTests {
    let pool = BlockPool(BlockPool.Options(budget: 16 << 20))

    @Test("the memory of a block can be written, read and handed on")
    func writeAndFreeze() throws {
        var block = try pool.take(minimumCapacity: 1000)
        #expect(block.capacity == 1024)
        let written = block.fill { output in
            for byte in 0..<100 { unsafe output.append(UInt8(byte), as: UInt8.self) }
        }
        #expect(written == 100)
        var shared = block.freeze(10..<100)
        #expect(shared.count == 90)
        let head = shared.splitPrefix(5)
        unsafe #expect(head.bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 10)
        unsafe #expect(shared.bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 15)
        let again = shared.clone().slice(1..<3)
        unsafe #expect(again.bytes.unsafeLoad(fromByteOffset: 1, as: UInt8.self) == 17)
    }

    @Test("a block that was put back is handed out again")
    func reuse() throws {
        var block = try pool.take(minimumCapacity: 4096)
        let address = unsafe block.withUnsafeMutableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(address % 64 == 0)
        _ = consume block
        var other = try pool.take(minimumCapacity: 4000)
        unsafe #expect(other.withUnsafeMutableBytes { UInt(bitPattern: $0.baseAddress) } == address)
    }

    @Test("every size gets the smallest class that holds it")
    func sizeClasses() throws {
        for size in [0, 1, 511, 512, 513, 768, 769, 1024, 1025, 4096, 4097, 65_536, 65_537, 1 << 20] {
            let block = try pool.take(minimumCapacity: size)
            #expect(block.capacity >= size)
            #expect(block.capacity == 512 || block.capacity * 2 / 3 <= size)
        }
    }

    @Test("what cannot be is an error")
    func errors() {
        #expect(throws: BlockPoolError.negativeSize(-1)) { _ = try pool.take(minimumCapacity: -1) }
        #expect(throws: BlockPoolError.tooLarge(requested: 1 << 21, largest: 1 << 20)) {
            _ = try pool.take(minimumCapacity: 1 << 21)
        }
        let small = BlockPool(BlockPool.Options(budget: 4096))
        #expect(throws: BlockPoolError.self) {
            let first = try small.take(minimumCapacity: 4096)
            let second = try small.take(minimumCapacity: 512)
            _ = (first.capacity, second.capacity)
        }
    }
}
