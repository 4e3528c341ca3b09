// A block cannot be written while there is a view of it.
// expect: overlapping accesses to 'block'
import MillpondPools

func misuse(_ pool: BlockPool) throws -> Int {
    var block = try pool.take(minimumCapacity: 1024)
    let view = block.bytes
    block.copy(RawSpan())
    return view.byteCount
}
