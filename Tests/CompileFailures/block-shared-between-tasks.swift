// Two tasks cannot write the same block.
import MillpondPools

func use(_ pool: BlockPool) async throws {
    var block = try pool.take(minimumCapacity: 1024)
    async let other: Void = { block.copy(RawSpan()) }()  // expect: sending 'block' risks causing data races
    block.copy(RawSpan())
}
