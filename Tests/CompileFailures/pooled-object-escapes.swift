// An object that is not Sendable cannot leave the scope it was lent to.
// expect: 'inout sending' parameter 'scratch' cannot be task-isolated
import MillpondPools

final class Scratch {
    var bytes: [UInt8] = []
}

func misuse(_ pool: ObjectPool<Scratch>) -> Scratch {
    var kept = Scratch()
    pool.withObject { scratch in
        kept = scratch
    }
    return kept
}
