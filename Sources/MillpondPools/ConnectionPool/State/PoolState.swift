/// The logic of a connection pool: events in, actions out.
///
/// It knows neither connections nor tasks nor keys but by number, holds no lock, reads no clock and does nothing: each
/// event is a method that changes the state and appends to the caller's `actions`. Time is what the events say it is.
/// Every event is O(1) but for `tick`, `close` and those that are said to be more.
///
/// What always holds (the property tests check it after each event):
///
/// - in use + idle + dialling ≤ the limits, of all and of each key; idle ≤ the limits of idle ones;
/// - a key with an idle connection has no waiter;
/// - a key with a waiter has a dial under way for it, or as many connections and dials as it may have, or is in the
///   line of the hungry;
/// - the waiters of a key are served in the order they came.
@usableFromInline
struct PoolState: ~Copyable {
    @usableFromInline let limits: PoolLimits
    @usableFromInline var connections: [ConnectionRecord] = []
    @usableFromInline var partitions: [PartitionRecord] = []
    @usableFromInline var waiters: [WaiterRecord] = []
    var freeConnections: Int32 = -1
    var freePartitions: Int32 = -1
    var freeWaiters: Int32 = -1

    /// All idle connections, the newest first.
    @usableFromInline var idle = PoolList()
    /// All dials that are not overdue, the oldest first.
    var dials = PoolList()
    var hungry = PoolList()
    var starving = PoolList()
    /// Those who wait for the end of the pool.
    var closers = PoolList()

    @usableFromInline var openCount = 0
    @usableFromInline var idleCount = 0
    var dialingCount = 0
    var closingCount = 0
    /// Waiters of all keys, not those in `closers`.
    @usableFromInline var waitingCount = 0
    @usableFromInline var isClosed = false

    /// The latest time that an event told. Fast paths, which tell none, go by it.
    @usableFromInline var now: UInt64
    /// No waiter's deadline is before this.
    var deadlineBound = UInt64.max
    var nextMaintenance: UInt64
    var lastNumber: UInt64 = 0
    var random: UInt64
    /// Connections taken for a borrower so far.
    @usableFromInline var borrows = 0
    /// The counts that are not kept in fields of their own.
    var statistics = ConnectionPoolStatistics()
    var waitNanoseconds: UInt64 = 0
    var longestWait: UInt64 = 0

    init(_ limits: PoolLimits, now: UInt64) {
        self.limits = limits
        self.now = now
        random = limits.seed
        nextMaintenance = now &+ limits.maintenance
    }

    /// Whether returned connections simply become idle: nobody waits, and the pool is open.
    @inlinable
    var isQuiet: Bool { waitingCount == 0 && !isClosed }

    /// When `tick` wants to be called; `UInt64.max` for never.
    var alarm: UInt64 {
        var earliest = deadlineBound
        if dials.first >= 0 { earliest = min(earliest, connections[Int(dials.first)].end) }
        let keepsTime = openCount > 0 && min(limits.idleTime, limits.lifetime) != .max
        let keepsWarm = limits.minimumPerKey > 0 && !partitions.isEmpty
        if !isClosed, keepsTime || keepsWarm { earliest = min(earliest, nextMaintenance) }
        return earliest
    }

    mutating func advance(to moment: UInt64) {
        if moment > now { now = moment }
    }

    /// Everything there is to tell about it.
    func report() -> ConnectionPoolStatistics {
        var report = statistics
        report.open = openCount
        report.borrows = borrows
        report.inUse = openCount - idleCount
        report.idle = idleCount
        report.dialing = dialingCount
        report.closing = closingCount
        report.waiting = waitingCount
        report.keys = partitions.count { $0.isUsed }
        report.waitTime = .nanoseconds(Int64(clamping: waitNanoseconds))
        report.longestWait = .nanoseconds(Int64(clamping: longestWait))
        return report
    }

    // MARK: Keys

    /// A number for a key that has none.
    mutating func addPartition() -> Int32 {
        let index: Int32
        if freePartitions >= 0 {
            index = freePartitions
            freePartitions = partitions[Int(index)].next
        } else {
            index = Int32(partitions.count)
            partitions.append(PartitionRecord())
        }
        partitions[Int(index)] = PartitionRecord()
        partitions[Int(index)].isUsed = true
        return index
    }

    /// Forgets a key that has nothing any more.
    mutating func forgetIfEmpty(_ partition: Int32, _ actions: inout PoolActions) {
        let record = partitions[Int(partition)]
        guard record.isUsed, !record.isWarm || isClosed, record.open == 0, record.dialing == 0, record.waiting == 0
        else { return }
        partitions[Int(partition)] = PartitionRecord()
        partitions[Int(partition)].next = freePartitions
        freePartitions = partition
        actions.append(.forget(partition: partition))
    }
}
