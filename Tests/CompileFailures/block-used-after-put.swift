// A block that went back to its pool is nobody's to write.
import MillpondPools

func use(_ pool: BlockPool) throws {
    var block = try pool.take(minimumCapacity: 1024)
    _ = block.fill { output in output.append(1, as: UInt8.self) }
    _ = consume block
    _ = block.fill { output in output.append(2, as: UInt8.self) }  // expect: 'block' used after consume
}
