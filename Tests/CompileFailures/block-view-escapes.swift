// A view of a block cannot outlive the block.
import MillpondPools

func use(_ pool: BlockPool) throws -> Int {
    var view = RawSpan()
    do {
        let block = try pool.take(minimumCapacity: 1024)
        view = block.bytes  // expect: lifetime-dependent variable 'view' escapes its scope
    }
    return view.byteCount
}
