import MillpondPools
import Testing

/// What the end of an owner's scope does by itself. What the compiler refuses is in Tests/CompileFailures.
@Suite("Ownership", .timeLimit(.minutes(5)))
struct OwnershipTests {
    private struct Failure: Error {}

    /// Something that has a block, as connections and parsers do.
    private struct Holder: ~Copyable {
        var block: Block?
    }

    @Test("nobody puts a block back, and back it is: after a return, an error, a new value, with what holds it")
    func blocksGoBackByThemselves() throws {
        let pool = BlockPool(BlockPool.Options(budget: 1 << 20))
        #expect(throws: Failure.self) {
            let block = try pool.take(minimumCapacity: 4096)
            if block.capacity > 0 { throw Failure() }
        }
        #expect(pool.statistics().outstanding == 0)

        var block = try pool.take(minimumCapacity: 512)
        block = try pool.take(minimumCapacity: 1024)
        #expect(pool.statistics().outstandingBytes == block.capacity)
        _ = consume block
        #expect(pool.statistics().outstanding == 0)

        var holder = Holder(block: try pool.take(minimumCapacity: 512))
        holder.block = nil
        #expect(pool.statistics().outstanding == 0)
        holder.block = try pool.take(minimumCapacity: 512)
        #expect(pool.statistics().outstanding == 1)
        _ = consume holder
        #expect(pool.statistics().outstanding == 0)
    }

    @Test("huge blocks that lie idle give way to others at the budget")
    func hugeBlocksGiveWay() throws {
        let pool = BlockPool(BlockPool.Options(budget: 4 << 20, trimInterval: nil))
        do {
            var huge = BlockList(pool: pool)
            huge.fill(4, of: 1 << 20)
            #expect(pool.statistics().outstandingBytes == 4 << 20)
        }
        #expect(pool.statistics().outstanding == 0)
        var small = BlockList(pool: pool)
        small.fill((4 << 20) / 4096, of: 4096)
        #expect(pool.statistics().outstandingBytes == 4 << 20)
        #expect(throws: BlockPoolError.self) { _ = try pool.take(minimumCapacity: 512).capacity }
    }
}
