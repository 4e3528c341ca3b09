import Histogram
import MillpondPools

/// What came back, counted where it came back: one for each reactor, added up at the end.
final class LoadRecorder: Sendable {
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

    private let totals = Guarded(Totals())

    func answered(_ status: Int, nanoseconds: UInt64) {
        totals.withLock { totals in
            totals.latencies.record(max(1, min(nanoseconds, 3_600_000_000_000)))
            totals.sumNanoseconds += Double(nanoseconds)
            totals.statuses[status, default: 0] += 1
        }
    }

    func failed(_ reason: String) {
        totals.withLock { $0.errors[reason, default: 0] += 1 }
    }

    func delivered(_ count: Int = 1) {
        totals.withLock { $0.deliveries += count }
    }

    var snapshot: Totals { totals.withLock { $0 } }
    var answeredCount: Int { totals.withLock { Int($0.latencies.totalCount) } }
    var deliveryCount: Int { totals.withLock { $0.deliveries } }
}
