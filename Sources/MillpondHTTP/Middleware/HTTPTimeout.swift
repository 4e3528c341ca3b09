/// Bounds the time of what lies within by one of its own, in place of ``HTTPServerOptions/requestTimeout``.
///
/// It counts from here until the head of the response leaves, without the time for which content is waited. Beyond, the
/// server answers 503, closes the connection and cancels the handler's task; whether that ends the handler is up to
/// what it waits for.
public struct HTTPTimeout: HTTPMiddleware {
    private let timeout: Duration

    public init(_ timeout: Duration) {
        self.timeout = timeout
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        request.driver.setTimeout(timeout)
        try await next(&request, &response)
    }
}
