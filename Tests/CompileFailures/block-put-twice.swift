// A block that went back to its pool cannot go back again.
// expect: 'block' consumed more than once
import MillpondPools

func misuse(_ pool: BlockPool) throws {
    let block = try pool.take(minimumCapacity: 1024)
    _ = consume block
    _ = consume block
}
