public import MillpondHTTP
public import Tracing

/// Makes a span of each request, the child of the one that its fields name, and the current one of what lies within.
///
/// Its attributes are those of OpenTelemetry's conventions for HTTP servers; it is named after the method and the mux's
/// pattern. Without a tracer in the system it costs next to nothing.
public struct HTTPTracing: HTTPMiddleware {
    private let tracer: (any Tracer)?

    /// - Parameter tracer: nil for the system's at the time of the request.
    public init(tracer: (any Tracer)? = nil) {
        self.tracer = tracer
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        let tracer = tracer ?? InstrumentationSystem.tracer
        if tracer is NoOpTracer { return try await next(&request, &response) }
        var context = InstrumentationContext.current ?? .topLevel
        tracer.extract(FieldCarrier(request), into: &context, using: FieldExtractor())
        let method = request.methodText
        try await tracer.withSpan(request.method.description, context: context, ofKind: .server) { span in
            span.updateAttributes { attributes in
                attributes["http.request.method"] = method
                attributes["url.path"] = request.pathString
            }
            do {
                try await next(&request, &response)
            } catch {
                Self.describe(request, HTTPOutcome(error, response), in: span)
                throw error
            }
            Self.describe(request, HTTPOutcome(response), in: span)
        }
    }

    private static func describe(_ request: borrowing HTTPRequest, _ outcome: HTTPOutcome, in span: any Span) {
        if let route = request.matchedPattern {
            // A pattern begins with its method where it has one.
            span.operationName = route.hasPrefix("/") ? "\(request.method) \(route)" : route
            span.updateAttributes { $0["http.route"] = route }
        }
        span.updateAttributes { $0["http.response.status_code"] = Int(outcome.status.code) }
        if outcome.isServerError { span.setStatus(.init(code: .error)) }
    }
}

/// The fields of a request, copied: a carrier may be kept.
private struct FieldCarrier: Sendable {
    private(set) var fields: [(name: String, value: String)] = []

    init(_ request: borrowing HTTPRequest) {
        fields.reserveCapacity(request.fieldCount)
        for index in 0..<request.fieldCount {
            fields.append((Self.text(request.fieldName(at: index)), Self.text(request.fieldValue(at: index))))
        }
    }

    private static func text(_ bytes: RawSpan) -> String {
        unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

private struct FieldExtractor: Extractor {
    func extract(key: String, from carrier: FieldCarrier) -> String? {
        carrier.fields.first { $0.name.lowercased() == key.lowercased() }?.value
    }
}
