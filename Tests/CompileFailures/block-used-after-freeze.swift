// A block that was frozen cannot be written any more: others may be reading it.
import MillpondPools

func use(_ pool: BlockPool) throws -> Int {
    var block = try pool.take(minimumCapacity: 1024)
    let count = block.fill { output in output.append(1, as: UInt8.self) }
    let shared = block.freeze(count: count)
    _ = block.fill { output in output.append(2, as: UInt8.self) }  // expect: 'block' used after consume
    return shared.count
}
