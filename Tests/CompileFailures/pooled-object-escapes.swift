// An object that is not Sendable cannot leave the scope it was lent to.
import MillpondPools

final class Scratch {
    var bytes: [UInt8] = []
}

func use(_ pool: ObjectPool<Scratch>) -> Int {
    var kept = Scratch()
    pool.withObject { scratch in
        scratch.bytes.append(1)
        kept = scratch  // expect: 'inout sending' parameter 'scratch' cannot be task-isolated
    }
    kept.bytes.append(2)
    return kept.bytes.count
}
