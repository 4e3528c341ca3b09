import Histogram
import Synchronization

/// What came back to the connections of one reactor: there is one for each, and they are added up at the end.
// Sound: used on its reactor only, but for the counters, which are atomic; the totals are read when that has stopped.
final class LoadRecorder: @unchecked Sendable {
    struct Totals: Sendable {
        /// Nanoseconds, to three digits; up to an hour.
        var latencies = Histogram<UInt64>(
            highestTrackableValue: 3_600_000_000_000, numberOfSignificantValueDigits: .three)
        var statuses: [Int: Int] = [:]
        var errors: [String: Int] = [:]
        /// Pushes that receivers got.
        var deliveries = 0
        var sumNanoseconds: Double = 0

        mutating func add(_ other: Totals) {
            latencies.add(other.latencies)
            statuses.merge(other.statuses, uniquingKeysWith: +)
            errors.merge(other.errors, uniquingKeysWith: +)
            deliveries += other.deliveries
            sumNanoseconds += other.sumNanoseconds
        }
    }

    @exclusivity(unchecked) private var recorded = Totals()
    /// The status of the last answers and how many had it: mostly all, and so no look into the dictionary.
    @exclusivity(unchecked) private var lastStatus = 0
    @exclusivity(unchecked) private var lastStatusCount = 0
    private let answers = Atomic<Int>(0)
    private let pushes = Atomic<Int>(0)

    func answered(_ status: Int, nanoseconds: UInt64) {
        recorded.latencies.record(max(1, min(nanoseconds, 3_600_000_000_000)))
        recorded.sumNanoseconds += Double(nanoseconds)
        if status != lastStatus {
            countLastStatus()
            lastStatus = status
        }
        lastStatusCount += 1
        Self.add(1, to: answers)
    }

    func failed(_ reason: String, _ count: Int = 1) {
        if count > 0 { recorded.errors[reason, default: 0] += count }
    }

    func delivered() { Self.add(1, to: pushes) }

    /// Any thread.
    var answeredCount: Int { answers.load(ordering: .relaxed) }
    /// Any thread.
    var deliveryCount: Int { pushes.load(ordering: .relaxed) }

    /// What there is in all. Only once the reactor has stopped.
    func finish() -> Totals {
        countLastStatus()
        recorded.deliveries = deliveryCount
        return recorded
    }

    private func countLastStatus() {
        if lastStatusCount > 0 { recorded.statuses[lastStatus, default: 0] += lastStatusCount }
        lastStatusCount = 0
    }

    /// One thread writes, so that no locked instruction is needed.
    private static func add(_ count: Int, to counter: borrowing Atomic<Int>) {
        counter.store(counter.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }
}
