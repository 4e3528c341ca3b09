public import MillpondPools
internal import Synchronization

/// What a transport has done so far and holds now, of all its reactors.
public struct TransportStatistics: Sendable, Equatable {
    /// Requests begun.
    public internal(set) var requests = 0
    /// Those that were sent on a connection used before, repeated ones included.
    public internal(set) var reuses = 0
    /// Times that a request was sent again.
    public internal(set) var retries = 0
    /// Requests that ended with an error, be it their scope's own.
    public internal(set) var failures = 0
    /// Connections that are open: in use or idle.
    public internal(set) var open = 0
    /// Those that carry a request.
    public internal(set) var inUse = 0
    /// Those that wait for one.
    public internal(set) var idle = 0
    /// Dials under way.
    public internal(set) var dialing = 0
    /// Requests that wait for a connection.
    public internal(set) var waiting = 0
    /// Dials begun so far.
    public internal(set) var dials = 0
    /// Those that brought no connection.
    public internal(set) var dialFailures = 0
    /// Connections closed so far, by reason.
    public internal(set) var closed: [ConnectionCloseReason: Int] = [:]

    /// In the text format of Prometheus: gauges and counters whose names begin with `prefix`.
    public func metrics(prefix: String = "millpond_http_client") -> String {
        var text = ""
        let values: [(name: String, isCounter: Bool, value: Int)] = [
            ("requests_total", true, requests), ("reuses_total", true, reuses), ("retries_total", true, retries),
            ("failures_total", true, failures), ("dials_total", true, dials),
            ("dial_failures_total", true, dialFailures), ("connections_open", false, open),
            ("connections_in_use", false, inUse), ("connections_idle", false, idle), ("dials_current", false, dialing),
            ("waiters", false, waiting),
        ]
        for (name, isCounter, value) in values {
            text += "# TYPE \(prefix)_\(name) \(isCounter ? "counter" : "gauge")\n\(prefix)_\(name) \(value)\n"
        }
        text += "# TYPE \(prefix)_connections_closed_total counter\n"
        for reason in ConnectionCloseReason.allCases {
            text += "\(prefix)_connections_closed_total{reason=\"\(reason)\"} \(closed[reason] ?? 0)\n"
        }
        return text
    }
}

extension Transport {
    /// What it has done so far and holds now. Each reactor's part is consistent in itself.
    public func statistics() -> TransportStatistics {
        var sum = TransportStatistics()
        for lane in lanes {
            let (counters, pool) = (lane.context.counters, lane.pool.statistics())
            sum.requests += counters.requests.value
            sum.reuses += counters.reuses.value
            sum.retries += counters.retries.value
            sum.failures += counters.failures.value
            sum.open += pool.open
            sum.inUse += pool.inUse
            sum.idle += pool.idle
            sum.dialing += pool.dialing
            sum.waiting += pool.waiting
            sum.dials += pool.dials
            sum.dialFailures += pool.dialFailures
            sum.closed.merge(pool.closed, uniquingKeysWith: +)
        }
        return sum
    }
}

/// What one lane counts. Written on its reactor, read anywhere.
final class TransportCounters: Sendable {
    /// A count with one writer, which needs no atomic addition.
    struct Counter: ~Copyable, Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increment() {
            count.store(count.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        }
    }

    let requests = Counter()
    let reuses = Counter()
    let retries = Counter()
    let failures = Counter()
}
