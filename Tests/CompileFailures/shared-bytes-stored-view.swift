// A view cannot be stored in an object.
// expect: cannot return a ~Escapable result
import MillpondPools

final class Keeper {
    var view: RawSpan

    init(_ bytes: borrowing SharedBytes) { view = bytes.bytes }
}
