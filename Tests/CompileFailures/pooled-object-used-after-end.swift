// An object that was given back has another user.
import MillpondPools

func use(_ pool: ObjectPool<[Int]>) {
    var object = pool.take()
    object.value.append(1)
    object.discard()
    object.value.append(2)  // expect: 'object' used after consume
}
