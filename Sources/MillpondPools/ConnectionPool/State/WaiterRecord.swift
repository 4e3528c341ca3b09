/// A task that waits, for a connection or for the pool to have closed.
///
///     free ──▶ queued ──▶ resolved ──▶ free (when its task has been told)
@usableFromInline
struct WaiterRecord {
    @usableFromInline
    enum Status: UInt8 {
        case free, queued, resolved
    }

    @usableFromInline var status = Status.free
    @usableFromInline var generation: UInt32 = 0
    /// Its key; -1 for one that waits for the end of the pool.
    @usableFromInline var partition: Int32 = -1
    @usableFromInline var deadline: UInt64 = 0
    @usableFromInline var since: UInt64 = 0
    /// Up to when its wait is in the statistics already: it was given a connection once that was of no use.
    @usableFromInline var countedUpTo: UInt64 = 0
    /// Its place in the order in which all came.
    @usableFromInline var number: UInt64 = 0
    @usableFromInline var previous: Int32 = -1
    @usableFromInline var next: Int32 = -1

    @inlinable
    init() {}
}

/// The place in line of a waiter that was served, but with a connection that was of no use.
@usableFromInline
struct WaiterPlace {
    @usableFromInline let number: UInt64
    @usableFromInline let since: UInt64
}
