internal import Synchronization

/// Figures of the gateway, counted on all reactors and readable from any thread.
final class ChatCounters: Sendable {
    private let connections = Atomic<Int>(0)
    private let accepted = Atomic<UInt64>(0)
    private let bytesIn = Atomic<UInt64>(0)
    private let packetsIn = Atomic<UInt64>(0)
    private let bytesOut = Atomic<UInt64>(0)
    private let packetsOut = Atomic<UInt64>(0)
    private let messages = Atomic<UInt64>(0)
    private let pushes = Atomic<UInt64>(0)
    private let failures = Atomic<UInt64>(0)
    private let malformedPackets = Atomic<UInt64>(0)
    private let logins = Atomic<UInt64>(0)
    private let refusedLogins = Atomic<UInt64>(0)
    private let kickOuts = Atomic<UInt64>(0)
    private let waiting = Atomic<Int>(0)

    func opened() {
        connections.wrappingAdd(1, ordering: .relaxed)
        accepted.wrappingAdd(1, ordering: .relaxed)
    }
    func closed() { connections.wrappingSubtract(1, ordering: .relaxed) }
    func received(_ count: Int) {
        packetsIn.wrappingAdd(1, ordering: .relaxed)
        bytesIn.wrappingAdd(UInt64(count), ordering: .relaxed)
    }
    func sent(_ count: Int) {
        packetsOut.wrappingAdd(1, ordering: .relaxed)
        bytesOut.wrappingAdd(UInt64(count), ordering: .relaxed)
    }
    func message() { messages.wrappingAdd(1, ordering: .relaxed) }
    func pushed(_ count: Int) { pushes.wrappingAdd(UInt64(count), ordering: .relaxed) }
    func answered(_ status: ChatStatus) { if status != .success { failures.wrappingAdd(1, ordering: .relaxed) } }
    func malformed() { malformedPackets.wrappingAdd(1, ordering: .relaxed) }
    func login() { logins.wrappingAdd(1, ordering: .relaxed) }
    func refusedLogin() { refusedLogins.wrappingAdd(1, ordering: .relaxed) }
    func kickOut() { kickOuts.wrappingAdd(1, ordering: .relaxed) }
    func inFlight(_ delta: Int) { waiting.wrappingAdd(delta, ordering: .relaxed) }

    /// Messages and acknowledgements that wait for their commit.
    var inFlight: Int { waiting.load(ordering: .relaxed) }

    func write(to text: inout MetricsText) {
        text.gauge("chat_connections", "Connections open now.", connections.load(ordering: .relaxed))
        text.counter("chat_connections_total", "Connections so far.", accepted.load(ordering: .relaxed))
        text.counter("chat_received_packets_total", "Packets received.", packetsIn.load(ordering: .relaxed))
        text.counter("chat_received_bytes_total", "Bytes of packets received.", bytesIn.load(ordering: .relaxed))
        text.counter("chat_sent_packets_total", "Packets sent.", packetsOut.load(ordering: .relaxed))
        text.counter("chat_sent_bytes_total", "Bytes of packets sent.", bytesOut.load(ordering: .relaxed))
        text.counter("chat_messages_total", "Messages taken for storing.", messages.load(ordering: .relaxed))
        text.counter("chat_pushes_total", "Messages pushed to receivers.", pushes.load(ordering: .relaxed))
        text.counter("chat_failures_total", "Requests answered with a failure.", failures.load(ordering: .relaxed))
        text.counter("chat_malformed_total", "Malformed packets.", malformedPackets.load(ordering: .relaxed))
        text.counter("chat_logins_total", "Sessions signed in.", logins.load(ordering: .relaxed))
        text.counter("chat_logins_refused_total", "Tokens refused.", refusedLogins.load(ordering: .relaxed))
        text.counter("chat_kickouts_total", "Sessions replaced by newer ones.", kickOuts.load(ordering: .relaxed))
        text.gauge("chat_in_flight", "Messages waiting for their commit.", inFlight)
    }
}

/// Writes the text format of Prometheus.
public struct MetricsText {
    public private(set) var text = ""

    public init() {}

    public mutating func gauge(_ name: String, _ help: String, _ value: some BinaryInteger) {
        line(name, help, "gauge", "\(value)")
    }

    public mutating func counter(_ name: String, _ help: String, _ value: some BinaryInteger) {
        line(name, help, "counter", "\(value)")
    }

    public mutating func counter(_ name: String, _ help: String, seconds nanoseconds: UInt64) {
        line(name, help, "counter", "\(Double(nanoseconds) / 1e9)")
    }

    /// A histogram of durations. `buckets` has one more element than `bounds`, which are in microseconds.
    public mutating func histogram(
        _ name: String, _ help: String, bounds: [UInt64], buckets: [UInt64], sumNanoseconds: UInt64
    ) {
        head(name, help, "histogram")
        var count: UInt64 = 0
        for (bound, bucket) in zip(bounds, buckets) {
            count += bucket
            text += "millpond_\(name)_bucket{le=\"\(Double(bound) / 1e6)\"} \(count)\n"
        }
        count += buckets.last ?? 0
        text += "millpond_\(name)_bucket{le=\"+Inf\"} \(count)\n"
        text += "millpond_\(name)_sum \(Double(sumNanoseconds) / 1e9)\nmillpond_\(name)_count \(count)\n"
    }

    private mutating func line(_ name: String, _ help: String, _ kind: String, _ value: String) {
        head(name, help, kind)
        text += "millpond_\(name) \(value)\n"
    }

    private mutating func head(_ name: String, _ help: String, _ kind: String) {
        text += "# HELP millpond_\(name) \(help)\n# TYPE millpond_\(name) \(kind)\n"
    }
}
