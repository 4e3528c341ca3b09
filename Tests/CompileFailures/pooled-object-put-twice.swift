// An object that was given back cannot be given back again, to be lent to two users at once.
import MillpondPools

func use(_ pool: ObjectPool<[Int]>) {
    let object = pool.take()
    _ = consume object
    _ = consume object  // expect: 'object' consumed more than once
}
