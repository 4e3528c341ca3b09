public import MillpondNet

/// An HTTP client: requests in one line.
///
///     let client = HTTPClient(group: group)
///     let page = try await client.get("http://example.org/", limit: 1 << 20)
///     let count = try await client.withResponse(.get, "http://example.org/") { response in
///         var count = 0
///         while try await response.readChunk({ count += $0.byteCount }) != nil {}
///         return count
///     }
///     await client.close()
///
/// Thread-safe; one for a program is enough. Close it before the reactors are shut down.
public final class HTTPClient: Sendable {
    /// What it sends its requests with.
    public let transport: Transport
    /// What it does beside that.
    public let options: HTTPClientOptions

    /// A client over a transport, which other clients may use as well: `close` closes it for all of them.
    ///
    /// - Parameters:
    ///   - transport: keeps the connections, and has their limits and deadlines.
    ///   - options: redirects, cookies, compression, proxies.
    public init(_ transport: Transport, options: HTTPClientOptions = .init()) {
        self.transport = transport
        self.options = options
    }

    /// A client with a transport of its own on the reactors of a group.
    public convenience init(
        group: ReactorGroup, transport: TransportOptions = .init(), options: HTTPClientOptions = .init()
    ) {
        self.init(Transport(group: group, options: transport), options: options)
    }

    /// Sends a request, follows redirects, and lends the response to `body`; see ``Transport/withResponse(_:_:)``.
    ///
    /// Content is sent again where a redirect asks for it (307, 308) and it is replayable. Fields that say who asks go
    /// to no other host. The total time is that of all requests together, the other times of each.
    ///
    /// - Throws: as the transport; ``HTTPRedirectError``.
    public func withResponse<Result: Sendable>(
        _ request: HTTPClientRequest, _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        try await follow(request) { response, _ in try await body(&response) }
    }

    /// Sends a request without content and lends its response to `body`.
    public func withResponse<Result: Sendable>(
        _ method: HTTPMethod, _ url: String, _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        try await withResponse(HTTPClientRequest(method, url), body)
    }

    /// Sends a request and collects its response.
    ///
    /// - Parameters:
    ///   - request: what to send.
    ///   - limit: the most content; beyond it the request fails.
    /// - Throws: as ``withResponse(_:_:)``; `bodyTooLarge`.
    public func send(_ request: HTTPClientRequest, limit: Int = 1 << 20) async throws -> HTTPCollectedResponse {
        try await withResponse(request) { try await $0.collect(limit: limit) }
    }

    /// Gets a URL and collects the response, of any status.
    ///
    /// - Throws: as ``send(_:limit:)``.
    public func get(_ url: String, limit: Int = 1 << 20) async throws -> HTTPCollectedResponse {
        try await send(HTTPClientRequest(.get, url), limit: limit)
    }

    /// Posts content to a URL and collects the response, of any status.
    ///
    /// - Throws: as ``send(_:limit:)``.
    public func post(
        _ url: String, _ body: HTTPClientBody, contentType: String, limit: Int = 1 << 20
    ) async throws -> HTTPCollectedResponse {
        var request = try HTTPClientRequest(.post, url)
        request.fields.set(.contentType, contentType)
        request.body = body
        return try await send(request, limit: limit)
    }

    /// Closes its transport.
    @discardableResult
    public func close(within deadline: Duration = .seconds(10)) async -> Int {
        await transport.close(within: deadline)
    }
}
