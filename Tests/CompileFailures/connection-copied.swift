// A borrowed connection has one user.
// expect: 'leases' is borrowed and cannot be consumed
import MillpondPools

func keep(_ lease: consuming PooledConnection<String, Int>) {}

func misuse(_ leases: borrowing PooledConnection<String, Int>) {
    let copy = leases
    keep(copy)
}
