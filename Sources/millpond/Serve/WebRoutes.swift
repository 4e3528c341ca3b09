import MillpondChat
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondWebSocket

/// What the HTTP port answers: the page, guests, health, metrics, and WebSocket on any path.
struct WebRoutes: Sendable {
    let chat: ChatServer
    /// See ``WebOrigin/isLocal(_:trustsNames:)``.
    let trustsNames: Bool
    /// Figures of the HTTP listener, for `/metrics`; set once it exists.
    let connections: @Sendable () -> (open: Int, accepted: UInt64, refused: UInt64)

    func handle(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        // KIM's clients use any path: an upgrade wins over a page. One to anything else is not taken up.
        if request.offersUpgrade, request.field(.upgrade, is: "websocket") {
            guard !chat.usesPublicSecret || WebOrigin.isLocal(request, trustsNames: trustsNames) else {
                response.status = .forbidden
                return try await response.send("a page from elsewhere, and the public secret: set --secret\n")
            }
            try await response.upgradeToWebSocket(request) { chat.webSocket(for: $0) }
            return
        }
        let path = request.pathString
        let isRead = request.method == .get || request.method == .head
        switch path {
        case "/api/guest":
            guard request.method == .post else { return try await refuse(&response, allow: "POST") }
            try await guest(&request, &response)
        case "/healthz":
            guard isRead else { return try await refuse(&response, allow: "GET, HEAD") }
            try await send(await chat.health(), &response)
        case "/metrics":
            guard isRead else { return try await refuse(&response, allow: "GET, HEAD") }
            let figures = connections()
            let answer = chat.metrics { text in
                text.gauge("http_connections", "Connections to the HTTP port.", figures.open)
                text.counter("http_connections_accepted_total", "Connections accepted there.", figures.accepted)
                text.counter("http_connections_refused_total", "Closed for want of descriptors.", figures.refused)
            }
            try await send(answer, &response)
        default:
            guard let asset = WebAssets.lookup(path) else {
                response.status = .notFound
                response.set(.contentType, "text/plain; charset=utf-8")
                return try await response.send("not found\n")
            }
            guard isRead else { return try await refuse(&response, allow: "GET, HEAD") }
            try await send(asset, &request, &response)
        }
    }

    private func guest(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        let address = request.channel.remoteAddress?.host ?? "unknown"
        let forwardedFor = lastForwardedFor(request)
        let body = Array(try await request.readText(limit: 4096).utf8)
        try await send(chat.guest(body: body.span.bytes, address: address, forwardedFor: forwardedFor), &response)
    }

    /// The last line's value: a proxy may add a line of its own to those that the client sent.
    private func lastForwardedFor(_ request: borrowing HTTPRequest) -> String? {
        let name: HTTPFieldName = "X-Forwarded-For"
        for index in (0..<request.fieldCount).reversed() where name.matches(request.fieldName(at: index)) {
            return unsafe request.fieldValue(at: index).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
        return nil
    }

    private func send(_ answer: ChatHTTPAnswer, _ response: inout HTTPResponse) async throws {
        response.status = HTTPStatus(UInt16(answer.status))
        response.set(.contentType, answer.contentType)
        response.set(.cacheControl, "no-store")
        if let seconds = answer.retryAfterSeconds { response.set(.retryAfter, "\(seconds)") }
        try await response.send(answer.body)
    }

    private func send(
        _ asset: WebAssets.Asset, _ request: inout HTTPRequest, _ response: inout HTTPResponse
    ) async throws {
        for field in WebAssets.fields {
            response.add(nameBytes: field.name.utf8Span.span.bytes, field.value.utf8Span.span.bytes)
        }
        response.set(.eTag, asset.etag)
        if let known = request.string(.ifNoneMatch), asset.isKnown(to: known) {
            response.status = .notModified
            return try await response.send()
        }
        response.set(.contentType, asset.contentType)
        try await response.send(asset.body)
    }

    private func refuse(_ response: inout HTTPResponse, allow: StaticString) async throws {
        response.status = .methodNotAllowed
        response.set(.allow, allow)
        try await response.send("method not allowed\n")
    }
}
