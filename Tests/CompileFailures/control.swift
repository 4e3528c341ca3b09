// What the others misuse, used well. This must compile.
import MillpondPools

func use(_ pool: BlockPool, _ objects: ObjectPool<[Int]>) throws -> Int {
    var block = try pool.take(minimumCapacity: 1024)
    let count = block.fill { output in output.append(1, as: UInt8.self) }
    let shared = block.freeze(count: count)
    let other = shared.clone()
    var object = objects.take()
    object.value.append(other.bytes.byteCount)
    return shared.bytes.byteCount + object.value.count
}
