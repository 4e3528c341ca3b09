import Logging
import MillpondHTTP
import MillpondHTTPObservability
import MillpondNet

/// `middleware.md`: the layers.
enum LayersSample {
    static func run(_ mux: consuming ServeMux) throws {
        let handler = HTTPServer.handler(
            through: HTTPRequestID(),
            HTTPAccessLog(Logger(label: "access")),  // these three: MillpondHTTPObservability
            HTTPMetrics(),
            HTTPTracing(),
            try HTTPCrossOrigin(.these(["https://app.example"])),
            HTTPRecovery(page: { status, request, response in /* a page */ }),
            HTTPRateLimit(rate: 10, burst: 50),
            HTTPTimeout(.seconds(5)),
            HTTPCompression(),
            handler: mux.handler())
        _ = handler
    }
}

/// `middleware.md`: one of your own.
enum OwnLayerSample {
    struct Stamp: HTTPMiddleware {
        func handle(_ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext) async throws {
            response.set("X-Served-By", "me")  // fields: before, as the answer may have left after
            try await next(&request, &response)
            note(response.outcome, response.contentCount)  // status and bytes of content: after
        }
    }

    static func note(_ outcome: HTTPStatus, _ count: Int) { print(outcome, count) }
}

/// `MillpondHTTPObservability.md`: a server that is observed.
enum ObservedSample {
    static func run(_ mux: consuming ServeMux, group: ReactorGroup, logger: Logger) {
        let server = HTTPServer(
            group: group,
            handler: HTTPServer.handler(
                through: HTTPAccessLog(logger), HTTPMetrics(), HTTPTracing(), handler: mux.handler()))
        _ = server
    }
}
