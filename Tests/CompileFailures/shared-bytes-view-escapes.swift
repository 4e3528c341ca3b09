// A view of shared bytes cannot be kept past the reference it was taken from.
import MillpondPools

func use(_ bytes: consuming SharedBytes) -> Int {
    var view = RawSpan()
    do {
        let other = bytes.clone()
        view = other.bytes  // expect: lifetime-dependent variable 'view' escapes its scope
    }
    return view.byteCount
}
