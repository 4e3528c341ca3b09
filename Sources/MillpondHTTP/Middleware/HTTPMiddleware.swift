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
