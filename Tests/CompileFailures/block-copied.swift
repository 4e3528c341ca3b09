// A block has one owner.
// expect: 'block' consumed more than once
import MillpondPools

func misuse(_ pool: BlockPool) throws {
    let block = try pool.take(minimumCapacity: 1024)
    let first = block
    let second = block
    print(first.capacity, second.capacity)
}
