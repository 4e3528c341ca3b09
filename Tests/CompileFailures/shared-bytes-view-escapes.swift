// A view of shared bytes cannot be kept past the reference it was taken from.
// expect: lifetime-dependent
import MillpondPools

func misuse(_ bytes: consuming SharedBytes) -> Int {
    var view = RawSpan()
    do {
        let other = bytes.clone()
        view = other.bytes
    }
    return view.byteCount
}
