import Glibc
import MillpondPools
import Testing

@testable import MillpondIO

/// A chain against an array that goes through the same.
@Suite(.timeLimit(.minutes(5))) struct ByteChainTests {
    /// A list of segments that was made and then not needed.
    @Test func anEmptyChainGivesItsListBack() throws {
        let pool = BlockPool(.init())
        do {
            var chain = ByteChain(pool: pool)
            try chain.growRing()
            #expect(chain.isEmpty && pool.statistics().outstandingBytes > 0)
        }
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test(arguments: 0..<80 as Range<UInt64>)
    func behavesAsAnArray(seed: UInt64) throws {
        let pool = BlockPool(.init())
        var random = SeededGenerator(seed: seed)
        var chain = ByteChain(pool: pool)
        var model: [UInt8] = []
        for _ in 0..<200 {
            try step(&chain, &model, &random, pool)
            #expect(chain.count == model.count)
            #expect(chain.isEmpty == model.isEmpty)
        }
        #expect(array(chain) == model)
        chain.removeAll()
        #expect(pool.statistics().outstandingBytes == 0)
    }

    private func step(
        _ chain: inout ByteChain, _ model: inout [UInt8], _ random: inout SeededGenerator, _ pool: BlockPool
    ) throws {
        let sizes = [0, 1, 7, 100, 1000, 1025, 5000, 40_000, 70_000]
        let size = sizes[Int(random.next() % 9)]
        let some = model.isEmpty ? 0 : Int(random.next() % UInt64(model.count + 1))
        switch random.next() % 12 {
        case 0, 1:
            let bytes = randomBytes(size % 5001, &random)
            try unsafe chain.append(copying: bytes.span.bytes)
            model += bytes
        case 2, 3:
            let bytes = randomBytes(size, &random)
            try chain.append(shared(bytes, pool))
            model += bytes
        case 4:
            try chain.append(SharedBytes("a literal that is never copied by anyone"))
            model += Array("a literal that is never copied by anyone".utf8)
        case 5:
            var other = ByteChain(pool: pool)
            for length in [10, 2000, 3000] where random.next() % 2 == 0 {
                let bytes = randomBytes(length, &random)
                try other.append(shared(bytes, pool))
                model += bytes
            }
            try chain.append(other)
        case 6, 7:
            chain.removeFirst(some)
            model.removeFirst(some)
        case 8:
            #expect(try array(chain.takeFirst(some)) == Array(model[..<some]))
            model.removeFirst(some)
        case 9:
            let part = min(some, 100_000)
            #expect(try array(chain.takeFirstShared(part)) == Array(model[..<part]))
            model.removeFirst(part)
        case 10:
            let part = min(some, 100_000)
            #expect(try chain.withContiguous(part) { array($0) } == Array(model[..<part]))
            try chain.withMutableContiguous(part) { bytes in
                for offset in 0..<bytes.byteCount { bytes.storeBytes(of: 9, toByteOffset: offset, as: UInt8.self) }
            }
            for index in 0..<part { model[index] = 9 }
        default:
            let bytes = randomBytes(size % 3000, &random)
            let before = chain.count
            try chain.withTailRoom(preferred: 3000) { output in
                for byte in bytes where !output.isFull { output.append(byte) }
            }
            model += bytes[..<(chain.count - before)]
        }
    }

    @Test func anEmptyChainOwnsNothing() throws {
        let pool = BlockPool(.init())
        var chain = ByteChain(pool: pool)
        #expect(chain.segmentCount == 0)
        for _ in 0..<40 { try chain.append(shared([UInt8](repeating: 1, count: 2000), pool)) }
        #expect(chain.segmentCount == 40)
        #expect(pool.statistics().outstandingBytes > 80_000)
        chain.removeFirst(79_999)
        #expect(pool.statistics().outstandingBytes <= 4096)
        chain.removeFirst(1)
        #expect(pool.statistics().outstandingBytes == 0)
        _ = try? chain.withTailRoom(preferred: 1000) { _ in throw NoError() }
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test func droppingAChainReleasesItsBlocks() throws {
        let pool = BlockPool(.init())
        do {
            var chain = ByteChain(pool: pool)
            for _ in 0..<40 { try chain.append(shared([UInt8](repeating: 1, count: 2000), pool)) }
            let head = try chain.takeFirst(3000)
            #expect(head.segmentCount == 2)
            #expect(chain.count == 77_000)
        }
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test func smallSharedBytesLeaveTogether() throws {
        let pool = BlockPool(.init())
        let frame = try shared([UInt8](repeating: 7, count: 100), pool)
        var chain = ByteChain(pool: pool)
        for _ in 0..<30 { try chain.append(frame.clone()) }
        #expect(chain.segmentCount == 1)
        #expect(chain.count == 3000)
    }

    @Test func largeSharedBytesAreReferredTo() throws {
        let pool = BlockPool(.init())
        let frame = try shared([UInt8](repeating: 7, count: 8000), pool)
        let before = pool.statistics().outstandingBytes
        var chain = ByteChain(pool: pool)
        try chain.append(frame.clone())
        #expect(pool.statistics().outstandingBytes == before)
        #expect(chain.segmentCount == 1)
    }

    @Test func changingInPlaceLeavesOthersAlone() throws {
        let pool = BlockPool(.init())
        let frame = try shared([UInt8](repeating: 7, count: 8000), pool)
        var chain = ByteChain(pool: pool)
        try chain.append(frame.clone())
        try chain.withMutableContiguous(10) { $0.storeBytes(of: 0, as: UInt64.self) }
        #expect(array(frame) == [UInt8](repeating: 7, count: 8000))
        #expect(array(chain) == [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 7, count: 7992))
    }

    @Test func aRefusedBlockChangesNothing() throws {
        let pool = BlockPool(.init(budget: 64 * 1024))
        var chain = ByteChain(pool: pool)
        try unsafe chain.append(copying: [UInt8](repeating: 1, count: 3000).span.bytes)
        let before = array(chain)
        let large = [UInt8](repeating: 2, count: 200_000)
        #expect(throws: BlockPoolError.self) { try unsafe chain.append(copying: large.span.bytes) }
        #expect(array(chain) == before)
        chain.removeAll()
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test func aChainThatCannotGrowStaysAsItWas() throws {
        let pool = BlockPool(.init(budget: 64 * 1024))
        let other = BlockPool()
        var chain = ByteChain(pool: pool)
        try chain.append(SharedBytes("0123456789"))
        var held = ByteChain(pool: other)
        while let block = try? pool.take(minimumCapacity: 512) { try held.appendReference(block.freeze(count: 512)) }
        var many = ByteChain(pool: other)
        for _ in 0..<40 { try many.append(shared([UInt8](repeating: 1, count: 2000), other)) }
        do {
            try chain.append(many)
            Issue.record("no error")
        } catch {
            #expect(error.isBudgetExceeded)
        }
        #expect(array(chain) == Array("0123456789".utf8))
        #expect(held.count > 0)
    }

    @Test func vectorsDescribeThePieces() throws {
        let pool = BlockPool(.init())
        var chain = ByteChain(pool: pool)
        for index in 0..<5 { try chain.append(shared([UInt8](repeating: UInt8(index), count: 2000), pool)) }
        let lengths = unsafe chain.withIOVectors(maximum: 3) { vectors, count in
            (0..<Int(count)).map { unsafe vectors[$0].iov_len }
        }
        #expect(lengths == [2000, 2000, 2000])
    }
}
