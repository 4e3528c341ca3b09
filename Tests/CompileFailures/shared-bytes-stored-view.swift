// A view cannot be stored in an object.
import MillpondPools

final class Keeper {
    var count = 0
    var view = RawSpan()  // expect: accessor cannot return a ~Escapable result

    func keep(_ bytes: borrowing SharedBytes) {
        count = bytes.count
    }
}
