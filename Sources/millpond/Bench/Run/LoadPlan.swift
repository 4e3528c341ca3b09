import CMillpond
import MillpondNet
import Synchronization

/// How much load there is to be, shared by all connections: who wants to send a request asks here first.
final class LoadPlan: Sendable {
    private let remaining: Atomic<Int>
    /// Monotonic nanoseconds after which no request begins; `max` without --duration.
    private let endsAt = Atomic<UInt64>(.max)
    let inFlight: Int
    private let seconds: Double?

    init(_ options: BenchOptions) {
        remaining = Atomic(options.duration == nil ? options.requests : .max)
        inFlight = options.inFlight
        seconds = options.duration
    }

    /// The clock of --duration starts with the load, not with the connections.
    func begin() {
        if let seconds { endsAt.store(Self.now + UInt64(seconds * 1e9), ordering: .relaxed) }
    }

    /// Whether another request may be sent; counts it.
    func takeRequest() -> Bool {
        if seconds != nil { return Self.now < endsAt.load(ordering: .relaxed) }
        return remaining.wrappingSubtract(1, ordering: .relaxed).oldValue > 0
    }

    /// Whether requests are left that nobody has sent.
    var hasMore: Bool {
        if seconds != nil { return Self.now < endsAt.load(ordering: .relaxed) }
        return remaining.load(ordering: .relaxed) > 0
    }

    static var now: UInt64 { mp_monotonic_nanoseconds() }
}
