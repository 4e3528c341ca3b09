// A further reference is asked for by name (`clone`).
import MillpondPools

func use(_ bytes: consuming SharedBytes) -> Int {
    let cloned = bytes.clone()
    let first = bytes
    let second = bytes  // expect: 'bytes' consumed more than once
    return first.count + cloned.count
}
