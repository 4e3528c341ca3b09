// An object that was given back has another user.
// expect: 'object' used after consume
import MillpondPools

func misuse(_ pool: ObjectPool<[Int]>) -> Int {
    var object = pool.take()
    object.discard()
    object.value.append(1)
    return object.value.count
}
