// A further reference is asked for by name (`clone`).
// expect: 'bytes' consumed more than once
import MillpondPools

func misuse(_ bytes: consuming SharedBytes) -> Int {
    let first = bytes
    let second = bytes
    return first.count + second.count
}
