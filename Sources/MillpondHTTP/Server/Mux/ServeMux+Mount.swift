extension ServeMux {
    /// Adds all patterns of another mux below a prefix: `GET /items/{id}` at `/api/{tenant}` becomes
    /// `GET /api/{tenant}/items/{id}`. They are one tree then: nothing is stripped or looked up twice, and conflicts
    /// show across both.
    ///
    /// - Parameters:
    ///   - other: what is added, as it is now.
    ///   - prefix: `[HOST]/path` without a slash at its end; empty or a host alone for the root.
    ///   - wrap: what is put around each handler.
    /// - Throws: `ServeMuxError`; this mux is then as before.
    public mutating func mount(
        _ other: ServeMux, at prefix: String,
        through wrap: (@escaping HTTPServer.Handler) -> HTTPServer.Handler = { $0 }
    ) throws(ServeMuxError) {
        let (host, path) = try Self.split(prefix)
        var mux = self
        for (pattern, handler) in other.routes {
            if !host.isEmpty, !pattern.host.isEmpty { throw ServeMuxError(.prefix, prefix + pattern.text) }
            let method = pattern.method.isEmpty ? "" : pattern.method + " "
            try mux.handle(method + (host.isEmpty ? pattern.host : host) + path + pattern.pathText, wrap(handler))
        }
        self = mux
    }

    /// Adds patterns below a prefix: as ``mount(_:at:through:)`` of a mux that `build` fills.
    ///
    /// - Throws: `ServeMuxError`; this mux is then as before.
    public mutating func group(
        _ prefix: String, through wrap: (@escaping HTTPServer.Handler) -> HTTPServer.Handler = { $0 },
        _ build: (inout ServeMux) throws(ServeMuxError) -> Void
    ) throws(ServeMuxError) {
        var mux = ServeMux()
        try build(&mux)
        try mount(mux, at: prefix, through: wrap)
    }

    private static func split(_ prefix: String) throws(ServeMuxError) -> (host: String, path: String) {
        if prefix.isEmpty { return ("", "") }
        guard prefix.contains("/") else {
            _ = try MuxPattern(prefix + "/")
            return (prefix, "")
        }
        let pattern = try MuxPattern(prefix)
        switch pattern.segments.last {
        case .literal, .wildcard: break
        default: throw ServeMuxError(.prefix, prefix)
        }
        guard pattern.method.isEmpty else { throw ServeMuxError(.prefix, prefix) }
        return (pattern.host, String(pattern.pathText))
    }
}
