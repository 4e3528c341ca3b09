internal import Synchronization

/// Figures of the store, written by its threads and readable from any.
final class StoreCounters: Sendable {
    /// Upper bounds of the commit latency's buckets, in microseconds.
    static let bounds: [UInt64] = [250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 1_000_000]

    private let commits = Atomic<UInt64>(0)
    private let commands = Atomic<UInt64>(0)
    private let failures = Atomic<UInt64>(0)
    private let nanoseconds = Atomic<UInt64>(0)
    private let buckets = Mutex([UInt64](repeating: 0, count: bounds.count + 1))

    func committed(_ count: Int, nanoseconds elapsed: UInt64) {
        commits.wrappingAdd(1, ordering: .relaxed)
        commands.wrappingAdd(UInt64(count), ordering: .relaxed)
        nanoseconds.wrappingAdd(elapsed, ordering: .relaxed)
        let place = Self.bounds.firstIndex { elapsed <= $0 * 1000 } ?? Self.bounds.count
        buckets.withLock { $0[place] += 1 }
    }

    func failed(_ count: Int) {
        failures.wrappingAdd(UInt64(count), ordering: .relaxed)
    }

    func snapshot(queued: Int) -> StoreStatistics {
        StoreStatistics(
            commits: commits.load(ordering: .relaxed), commands: commands.load(ordering: .relaxed),
            failures: failures.load(ordering: .relaxed), commitNanoseconds: nanoseconds.load(ordering: .relaxed),
            latencyBuckets: buckets.withLock { $0 }, queued: queued)
    }
}

/// What the store has done so far.
public struct StoreStatistics: Sendable {
    /// Transactions committed.
    public let commits: UInt64
    /// Commands in them: messages, acknowledgements, changes of groups.
    public let commands: UInt64
    /// Commands that failed.
    public let failures: UInt64
    /// Time spent in committed transactions.
    public let commitNanoseconds: UInt64
    /// Transactions by how long they took; the bounds are in `StoreCounters.bounds`, the last is for the rest.
    public let latencyBuckets: [UInt64]
    /// Commands that wait.
    public let queued: Int
}
