// A view of a block cannot outlive the block.
// expect: lifetime-dependent
import MillpondPools

func misuse(_ pool: BlockPool) throws -> Int {
    var view = RawSpan()
    do {
        let block = try pool.take(minimumCapacity: 1024)
        view = block.bytes
    }
    return view.byteCount
}
