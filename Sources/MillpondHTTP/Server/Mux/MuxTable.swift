/// The routes of a mux as they serve: the tree, and what each pattern leads to. Immutable, shared by all reactors.
final class MuxTable: Sendable {
    let tree: MuxTree
    let patterns: [MuxPattern]
    private let handlers: [HTTPServer.Handler]

    init(_ routes: [(pattern: MuxPattern, handler: HTTPServer.Handler)]) {
        var tree = MuxTree()
        for (index, route) in routes.enumerated() { tree.insert(route.pattern, route: Int32(index)) }
        self.tree = tree
        patterns = routes.map(\.pattern)
        handlers = routes.map(\.handler)
    }

    /// Where a request leads.
    enum Outcome: Equatable {
        case route(Int32)
        /// To this path; the query is kept.
        case redirect(String)
        case malformed
        /// `OPTIONS *`, which is about no resource.
        case wholeServer
        /// The target of CONNECT: no path, so no pattern can match it.
        case tunnel
        case notAllowed(String)
        case notFound
    }

    func outcome(host: RawSpan, method: RawSpan, path: RawSpan) -> Outcome {
        unsafe host.withUnsafeBytes { host in
            unsafe method.withUnsafeBytes { method in
                unsafe path.withUnsafeBytes { unsafe outcome(host: Self.withoutPort(host), method, $0) }
            }
        }
    }

    private func outcome(
        host: UnsafeRawBufferPointer, _ method: UnsafeRawBufferPointer, _ path: UnsafeRawBufferPointer
    ) -> Outcome {
        guard unsafe path.first == UInt8(ascii: "/") else {
            // The only other targets that the parser lets through: `*` of OPTIONS, and CONNECT's authority.
            return unsafe path.elementsEqual("*".utf8) ? .wholeServer : .tunnel
        }
        let findings = unsafe MuxPath.examine(path)
        if findings.contains(.malformed) { return .malformed }
        if findings.contains(.unclean) {
            return unsafe MuxPath.cleaned(path).withUnsafeBytes { clean in
                let needsSlash = unsafe redirectsToSlash(host, method, clean).redirects
                return unsafe .redirect(Self.location(clean, addsSlash: needsSlash))
            }
        }
        let (match, redirects) = unsafe redirectsToSlash(host, method, path)
        if redirects { return unsafe .redirect(Self.location(path, addsSlash: true)) }
        if match.route >= 0 { return .route(match.route) }
        let allowed = unsafe tree.allowedMethods(host: host, path: path)
        return allowed.isEmpty ? .notFound : .notAllowed(allowed)
    }

    /// The match for a clean path, and whether the path with a slash behind it is matched exactly while it is not.
    private func redirectsToSlash(
        _ host: UnsafeRawBufferPointer, _ method: UnsafeRawBufferPointer, _ path: UnsafeRawBufferPointer
    ) -> (match: MuxTree.Match, redirects: Bool) {
        let match = unsafe tree.match(host: host, method: method, path: path)
        if unsafe match.isExact || path.last == UInt8(ascii: "/") { return (match, false) }
        return unsafe (match, tree.match(host: host, method: method, path: path, addsSlash: true).isExact)
    }

    private static func location(_ path: UnsafeRawBufferPointer, addsSlash: Bool) -> String {
        var text = ""
        unsafe PercentCoding.encode(unsafeBytesOf: path, to: &text)
        if addsSlash { text.append("/") }
        return text
    }

    /// The host of an authority: a bracketed address, or what is before the colon.
    private static func withoutPort(_ authority: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let mark = unsafe authority.first == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: ":")
        guard let end = unsafe authority.firstIndex(of: mark) else { return unsafe authority }
        return unsafe UnsafeRawBufferPointer(rebasing: authority[..<(mark == UInt8(ascii: "]") ? end + 1 : end)])
    }

    // MARK: Serving

    func serve(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        switch outcome(for: request) {
        case .route(let index):
            request.driver.match.set(self, index)
            try await Self.call(handlers[Int(index)], &request, &response)
        case let other:
            try await answer(other, &request, &response)
        }
    }

    private func outcome(for request: borrowing HTTPRequest) -> Outcome {
        let path = request.path
        if let authority = request.authority {
            return outcome(host: authority, method: request.methodBytes, path: path)
        }
        return outcome(host: RawSpan(), method: request.methodBytes, path: path)
    }

    // With nothing behind the call: the runtime's check would cost more than the lookup.
    @inline(never)
    private static func call(
        _ handler: HTTPServer.Handler, _ request: inout HTTPRequest, _ response: inout HTTPResponse
    ) async throws {
        try await handler(&request, &response)
    }

    /// What the mux itself has to say. Refusals are left open, so that a layer around it may add a page.
    @inline(never)
    private func answer(
        _ outcome: Outcome, _ request: inout HTTPRequest, _ response: inout HTTPResponse
    ) async throws {
        switch outcome {
        case .redirect(var location):
            if let query = request.query {
                location.append("?")
                unsafe query.withUnsafeBytes { unsafe PercentCoding.encode(unsafeBytesOf: $0, to: &location) }
            }
            response.status = .temporaryRedirect
            response.set(.location, location)
            try await response.send()
        case .wholeServer: try await response.send()
        case .malformed: response.status = .badRequest
        case .tunnel: response.status = .notImplemented
        case .notAllowed(let methods):
            response.status = .methodNotAllowed
            response.set(.allow, methods)
        default: response.status = .notFound
        }
    }
}
