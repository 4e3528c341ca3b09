/// Something that stands around a handler: it may answer in its place, change the request's way in, or look at what
/// came of it.
///
/// Layers are put around a handler once, when the program starts; a request then costs a call for each of them and no
/// allocation.
///
///     let handler = HTTPServer.handler(through: HTTPRequestID(), HTTPRecovery()) { request, response in
///         try await response.send("Hello, World!")
///     }
///
/// A handler may have sent its answer by the time it returns; what can still be said of it then is
/// ``HTTPResponse/outcome`` and ``HTTPResponse/contentCount``. Fields are to be set before.
public protocol HTTPMiddleware: Sendable {
    /// Answers a request, or has `next` do it. Runs on the connection's reactor; must not block.
    ///
    /// - Throws: what makes no sense to handle here; the next layer outward sees it, and in the end the server.
    func handle(_ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext) async throws
}

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

extension HTTPMiddleware {
    /// A handler with this layer around it.
    public func wrapping(_ handler: @escaping HTTPServer.Handler) -> HTTPServer.Handler {
        let next = HTTPNext(handler)
        return { request, response in try await handle(&request, &response, next: next) }
    }
}

extension HTTPServer {
    /// A handler with layers around it; the first is the outermost, which sees a request first and its outcome last.
    ///
    /// The order that usually makes sense: request id, access log, metrics, tracing, CORS, recovery, rate limit,
    /// time-out, compression.
    public static func handler<each Layer: HTTPMiddleware>(
        through layers: repeat each Layer, handler: @escaping Handler
    ) -> Handler {
        var wraps: [(@escaping Handler) -> Handler] = []
        repeat wraps.append((each layers).wrapping)
        return wraps.reversed().reduce(handler) { inner, wrap in wrap(inner) }
    }
}

extension HTTPResponse {
    /// The status of the head that has left for this request: the handler's, or 503 where the server answered in its
    /// place. Nil while the answer can still become another, also with content written that has not left.
    public var committedStatus: HTTPStatus? { driver.committed }

    /// The status that the client got, or will get when the handler returns now: 404 of one that did nothing, 500 of
    /// one that made a mistake.
    public var outcome: HTTPStatus {
        if let committed = driver.committed { return committed }
        guard isOpen else { return status }
        if isMistaken { return .internalServerError }
        return isTouched ? status : .notFound
    }

    /// The status that the client got, or will get when the handler throws this error now.
    public func outcome(of error: any Error) -> HTTPStatus { driver.committed ?? driver.status(for: error) }

    /// Whether an end now would find a mistake in what was set, with nothing sent.
    private var isMistaken: Bool {
        if fieldError != nil || status.isInformational { return true }
        guard let contentLength, trailers == nil else { return false }
        return contentLength < 0 || (contentLength > 0 && sendsBody)
    }
}
