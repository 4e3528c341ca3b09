// A block has one owner.
import MillpondPools

func use(_ pool: BlockPool) throws -> Int {
    let block = try pool.take(minimumCapacity: 1024)
    let owner = block
    let other = block  // expect: 'block' consumed more than once
    return owner.capacity
}
