// A block cannot be written while there is a view of it.
import MillpondPools

func use(_ pool: BlockPool) throws -> Int {
    var block = try pool.take(minimumCapacity: 1024)
    let view = block.bytes
    block.copy(RawSpan())  // expect: overlapping accesses to 'block'
    return view.byteCount
}
