public import Logging
public import MillpondHTTP

/// Logs a line for each request: method and path, and as metadata the status, the bytes of content, the time in
/// milliseconds, the request's id where `HTTPRequestID` stands around this, and the error where one was thrown.
///
/// The query is left out, as it may hold what is not meant for logs. Costs nothing but a comparison while the logger's
/// level is above that of the lines.
public struct HTTPAccessLog: HTTPMiddleware {
    private let logger: Logger
    private let level: Logger.Level

    /// - Parameters:
    ///   - logger: where to; its handler must not block.
    ///   - level: of requests that were answered with less than 500; others are logged as errors.
    public init(_ logger: Logger, level: Logger.Level = .info) {
        self.logger = logger
        self.level = level
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        guard logger.logLevel <= max(level, .error) else { return try await next(&request, &response) }
        let start = ContinuousClock.now
        // Gone from the response once its head has left.
        let id = response.string(.requestID)
        do {
            try await next(&request, &response)
        } catch {
            log(request, HTTPOutcome(error, response), response.contentCount, id, start, error)
            throw error
        }
        log(request, HTTPOutcome(response), response.contentCount, id, start, nil)
    }

    private func log(
        _ request: borrowing HTTPRequest, _ outcome: HTTPOutcome, _ count: Int, _ id: String?,
        _ start: ContinuousClock.Instant, _ error: (any Error)?
    ) {
        let level = outcome.isServerError ? max(self.level, .error) : self.level
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "status": "\(outcome.status.code)", "bytes": "\(count)",
            "milliseconds": "\((ContinuousClock.now - start).milliseconds)",
        ]
        if let id { metadata["request-id"] = "\(id)" }
        if let error { metadata["error"] = "\(error)" }
        logger.log(level: level, "\(request.methodText) \(request.pathString)", metadata: metadata)
    }
}

extension Duration {
    /// To a thousandth.
    fileprivate var milliseconds: Double {
        let (seconds, attoseconds) = components
        return (Double(seconds) * 1e6 + (Double(attoseconds) / 1e12).rounded()) / 1e3
    }
}

extension HTTPRequest {
    /// The method's letters, whichever it is.
    var methodText: String {
        guard method == .other else { return method.description }
        return unsafe methodBytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
