// A block that was frozen cannot be written any more.
// expect: 'block' used after consume
import MillpondPools

func misuse(_ pool: BlockPool) throws {
    var block = try pool.take(minimumCapacity: 1024)
    let shared = block.freeze(count: 10)
    _ = block.fill { output in output.append(1, as: UInt8.self) }
    print(shared.count)
}
