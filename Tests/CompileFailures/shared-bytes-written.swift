// Bytes that others may read cannot be written.
import MillpondPools

func use(_ block: consuming Block) -> Int {
    var shared = block.freeze(count: 512)
    shared.truncate(to: 100)
    shared.copy(RawSpan())  // expect: value of type 'SharedBytes' has no member 'copy'
    return shared.count
}
