// A block that went back to its pool cannot go back again.
import MillpondPools

func use(_ pool: BlockPool) throws {
    let block = try pool.take(minimumCapacity: 1024)
    _ = consume block
    _ = consume block  // expect: 'block' consumed more than once
}
