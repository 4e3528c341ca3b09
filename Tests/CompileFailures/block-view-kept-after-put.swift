// A view of a block cannot be used after the block went back to its pool.
import MillpondPools

func use(_ pool: BlockPool) throws -> Int {
    let block = try pool.take(minimumCapacity: 1024)
    let view = block.bytes
    _ = consume block  // expect: cannot be consumed when captured by an escaping closure or borrowed
    return view.byteCount
}
