/// Requests made of several: redirects, with cookies and proxies for each.
extension HTTPClient {
    /// What a response turned out to be.
    private enum Answer<Result: Sendable>: Sendable {
        case result(Result)
        case redirect(HTTPStatus, location: String)
    }

    /// Sends a request and those that its responses lead to, and lends the last response to `body`, with the request
    /// that it answers.
    func follow<Result: Sendable>(
        _ request: HTTPClientRequest,
        _ body: @Sendable (inout HTTPClientResponse, HTTPClientRequest) async throws -> Result
    ) async throws -> Result {
        let start = ContinuousClock.now
        let isFollowing = options.maximumRedirects > 0 && request.target.utf8.first == UInt8(ascii: "/")
        var hop = request
        var redirects: HTTPRedirects?
        while true {
            let sent = prepared(hop)
            let answer: Answer<Result> = try await transport.withResponse(sent) { response in
                keepCookies(of: response, to: sent)
                if isFollowing, HTTPRedirects.follows(response.status), let location = response.string(.location) {
                    return .redirect(response.status, location: location)
                }
                return .result(try await body(&response, sent))
            }
            switch answer {
            case .result(let result): return result
            case .redirect(let status, let location):
                var state = redirects ?? begin(hop)
                guard case .follow(let step) = try state.next(status: status, location: location) else {
                    // Not for these statuses; but the same request again might never end.
                    throw HTTPRedirectError(.invalidLocation, state.url)
                }
                redirects = state
                hop = try Self.next(after: hop, step)
                try limitTime(of: &hop, request, since: start)
            }
        }
    }

    private func begin(_ request: HTTPClientRequest) -> HTTPRedirects {
        HTTPRedirects(
            url: HTTPURL(request), method: request.method, limit: options.maximumRedirects,
            allowsDowngrade: options.allowsDowngrade)
    }

    /// The request as it is sent this time.
    private func prepared(_ hop: HTTPClientRequest) -> HTTPClientRequest {
        var request = hop
        if options.acceptsCompression { request.acceptsCompression = true }
        let isByName = request.origin.unixPath == nil
        if isByName, request.proxy == nil, options.proxies.http != nil || options.proxies.https != nil {
            request.proxy = options.proxies.proxy(for: HTTPURL(request)).map {
                HTTPProxy(HTTPOrigin($0), authorization: $0.credentials?.fieldValue)
            }
        }
        // Behind a socket's path there is no host whose cookies these could be.
        if isByName, let jar = options.cookies, let cookies = jar.field(for: HTTPURL(request)) {
            // Those that the user has set come first.
            let own = request.fields[.cookie]
            request.fields.set(.cookie, own.map { "\($0); \(cookies)" } ?? cookies)
        }
        return request
    }

    private func keepCookies(of response: borrowing HTTPClientResponse, to request: HTTPClientRequest) {
        guard let jar = options.cookies, request.origin.unixPath == nil else { return }
        let url = HTTPURL(request)
        for index in 0..<response.fieldCount where HTTPFieldName.setCookie.matches(response.fieldName(at: index)) {
            jar.set(String(bytes: response.fieldValue(at: index)), from: url)
        }
    }

    /// The request that a redirect asks for.
    private static func next(
        after request: HTTPClientRequest, _ step: HTTPRedirects.Step
    ) throws(HTTPRedirectError) -> HTTPClientRequest {
        var next = request
        if step.method != next.method { next.methodName = nil }
        next.method = step.method
        next.target = step.url.target
        let isElsewhere = !step.url.hasSameOrigin(as: HTTPURL(request))
        if isElsewhere {
            next.origin = HTTPOrigin(step.url)
            next.fields.remove("host")
        }
        if step.dropsCredentials { for name in HTTPRedirects.credentialFields { next.fields.remove(name) } }
        if let value = step.url.credentials?.fieldValue { next.fields.set(.authorization, value) }
        if !step.keepsContent {
            next.body = .none
            next.expectsContinue = false
            for name in HTTPRedirects.contentFields { next.fields.remove(name) }
        } else if !next.body.isReplayable {
            throw HTTPRedirectError(.contentNotReplayable, step.url)
        }
        return next
    }

    /// The total time is that of all requests together.
    private func limitTime(
        of hop: inout HTTPClientRequest, _ request: HTTPClientRequest, since start: ContinuousClock.Instant
    ) throws(HTTPClientError) {
        var timeouts = request.timeouts ?? transport.options.timeouts
        guard let total = timeouts.total else { return }
        let left = total - start.duration(to: .now)
        guard left > .zero else { throw HTTPClientError(.totalTimedOut, .preparing) }
        timeouts.total = left
        hop.timeouts = timeouts
    }
}

extension HTTPRedirects {
    /// Whether a status is that of a redirect which is followed.
    static func follows(_ status: HTTPStatus) -> Bool {
        switch status.code {
        case 301, 302, 303, 307, 308: true
        default: false
        }
    }
}

extension HTTPURL {
    /// Where a request goes.
    init(_ request: HTTPClientRequest) {
        let origin = request.origin
        scheme = origin.scheme
        userInfo = nil
        host = origin.host
        port = origin.port
        let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "/")
        query = parts.count > 1 ? String(parts[1]) : nil
        fragment = nil
    }
}
