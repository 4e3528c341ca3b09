public import MillpondPools

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
