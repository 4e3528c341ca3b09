/// What lies within a layer: the next one, or the handler itself.
public struct HTTPNext: Sendable {
    private let handler: HTTPServer.Handler

    init(_ handler: @escaping HTTPServer.Handler) {
        self.handler = handler
    }

    /// Has it answer.
    ///
    /// - Throws: what it throws.
    // With nothing behind the call, as in the driver: the runtime's check would cost more than the call.
    @inline(never)
    public func callAsFunction(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        try await handler(&request, &response)
    }
}
