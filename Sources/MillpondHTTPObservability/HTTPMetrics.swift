public import CoreMetrics
public import MillpondHTTP
import Synchronization

/// Counts and times requests.
///
/// - `http_server_requests`, a counter, and `http_server_request_duration`, a timer, each with the dimensions `method`,
///   `route` and `status`;
/// - `http_server_requests_in_flight`, a meter.
///
/// The route is the mux's pattern that matched, never the path itself: there are only so many of them. Without a mux,
/// or where none matched, it is `none`; a method without a name in `HTTPMethod` is `other`.
public final class HTTPMetrics: HTTPMiddleware {
    private struct Key: Hashable {
        let method: HTTPMethod
        let status: UInt16
        let route: String?
    }

    private struct Instruments {
        let count: Counter
        let duration: CoreMetrics.Timer
    }

    /// Beyond as many, and with muxes made of what clients send there might be, a new combination counts as `many`.
    private static let combinationLimit = 10_000

    private let factory: any MetricsFactory
    private let inFlight: Meter
    private let instruments = Mutex<[Key: Instruments]>([:])

    /// - Parameter factory: nil for the system's.
    public init(factory: (any MetricsFactory)? = nil) {
        self.factory = factory ?? MetricsSystem.factory
        inFlight = Meter(label: "http_server_requests_in_flight", factory: self.factory)
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        inFlight.increment()
        defer { inFlight.decrement() }
        let start = ContinuousClock.now
        do {
            try await next(&request, &response)
        } catch {
            record(request, HTTPOutcome(error, response), start)
            throw error
        }
        record(request, HTTPOutcome(response), start)
    }

    private func record(_ request: borrowing HTTPRequest, _ outcome: HTTPOutcome, _ start: ContinuousClock.Instant) {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        let key = Key(method: request.method, status: outcome.status.code, route: request.matchedPattern)
        let found = instruments(key)
        found.count.increment()
        found.duration.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private func instruments(_ key: Key) -> Instruments {
        instruments.withLock { known in
            if let found = known[key] { return found }
            let isMany = known.count >= Self.combinationLimit
            let key = isMany ? Key(method: key.method, status: key.status, route: "many") : key
            if let found = known[key] { return found }
            let dimensions = [
                ("method", key.method.description), ("route", key.route ?? "none"), ("status", "\(key.status)"),
            ]
            let made = Instruments(
                count: Counter(label: "http_server_requests", dimensions: dimensions, factory: factory),
                duration: CoreMetrics.Timer(
                    label: "http_server_request_duration", dimensions: dimensions, factory: factory))
            known[key] = made
            return made
        }
    }
}
