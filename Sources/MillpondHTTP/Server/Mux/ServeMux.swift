/// Leads requests to handlers by method, host and path.
///
///     var mux = ServeMux()
///     try mux.handle("GET /items/{id}") { request, response in
///         try await response.send("item \(request.pathValue("id") ?? "")")
///     }
///     try mux.handle("POST /items") { request, response in … }
///     let server = HTTPServer(group: group, handler: mux.handler())
///
/// A pattern is `[METHOD ][HOST]/path`, as of Go's net/http since 1.22:
///
/// - Without a method it matches all; `GET` serves HEAD too.
/// - Without a host it matches all. Hosts are compared without regard to case and without their port.
/// - `{name}` stands for one segment, `{name...}` for all that is left, both for ``HTTPRequest/pathValue(_:)``.
/// - `/` at the end matches everything below; `{$}` there matches just the path with the slash.
///
/// The most specific pattern wins, whatever the order: one with a host before one without, one that matches a part of
/// another's requests before that other. Where neither is more specific, registering the second throws.
///
/// Segments are compared after percent-decoding; an escaped slash divides nothing. A path with `//`, `/./` or `/../` is
/// redirected to the clean one, and `/tree` to `/tree/` where only that is there: by 307, which keeps method and
/// content, with the query. A path with a malformed escape gets 400, an unknown one 404, a method that is not served
/// 405 with `Allow`, and `OPTIONS *` 200. CONNECT, where the server allows it, has no path and gets 501: handle it in
/// front of the mux. These answers but redirects and 200 are left open, with status and fields set, so that a layer
/// around the mux may add a page.
///
/// A value: handlers added to a copy, or after ``handler()`` was called, change nothing there.
public struct ServeMux: Sendable {
    /// The most patterns.
    public static var maximumPatterns: Int { 1 << 20 }

    private(set) var routes: [(pattern: MuxPattern, handler: HTTPServer.Handler)] = []
    private var index = MuxIndex()

    public init() {}

    /// The patterns, in the order in which they were added.
    public var patterns: [String] { routes.map(\.pattern.text) }

    /// Adds a handler for the requests that `pattern` matches.
    ///
    /// Complexity: O(patterns that have a path in common with it), beside its length.
    ///
    /// - Throws: `ServeMuxError` for a malformed pattern, or one in conflict with another; the mux is then as before.
    public mutating func handle(_ pattern: String, _ handler: @escaping HTTPServer.Handler) throws(ServeMuxError) {
        let parsed = try MuxPattern(pattern)
        guard routes.count < Self.maximumPatterns else { throw ServeMuxError(.tooMany, pattern) }
        for candidate in index.candidates(for: parsed).sorted() {
            let other = routes[candidate].pattern
            if let reason = parsed.conflict(with: other) {
                throw ServeMuxError(conflict: reason, pattern, with: other.text)
            }
        }
        index.add(parsed, routes.count)
        routes.append((parsed, handler))
    }

    /// What a server calls. The patterns become a tree: a lookup takes as long with a thousand as with ten, and
    /// allocates nothing.
    public func handler() -> HTTPServer.Handler {
        let table = MuxTable(routes)
        return { request, response in try await table.serve(&request, &response) }
    }
}
