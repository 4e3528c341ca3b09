public import MillpondHTTP
internal import MillpondIO
public import MillpondNet

extension HTTPResponse {
    /// Answers the opening handshake (RFC 6455, section 4.2) and gives the connection to a ``WebSocket``. A request
    /// that asks for something else is answered with 400, or 426 for another version.
    ///
    ///     let server = HTTPServer(group: group) { request, response in
    ///         try await response.upgradeToWebSocket(request) { WebSocket(channel: $0, handler: Echo()) }
    ///     }
    ///
    /// A browser names the page that asks in `Origin`: whoever trusts its cookies has to look at that first.
    ///
    /// - Parameters:
    ///   - request: the one that is being answered.
    ///   - subprotocol: one of those that the client offered, chosen by the caller.
    ///   - makeSocket: makes the connection, which may be sent to at once.
    /// - Returns: whether the connection was upgraded.
    @discardableResult
    public mutating func upgradeToWebSocket(
        _ request: borrowing HTTPRequest, subprotocol: String? = nil, _ makeSocket: (Channel) throws -> WebSocket
    ) async throws -> Bool {
        guard request.method == .get, request.offersUpgrade, request.field(.upgrade, is: "websocket"),
            let accept = Self.accept(of: request)
        else {
            status = .badRequest
            try await send("A WebSocket handshake needs GET, Upgrade: websocket and a key.\n")
            return false
        }
        guard request.field(.secWebSocketVersion, is: "13") else {
            status = .upgradeRequired
            set(.secWebSocketVersion, "13")
            try await send("Only version 13 of WebSocket is spoken here.\n")
            return false
        }
        // Sound: letters have no padding.
        unsafe set(.secWebSocketAccept, bytes: accept.span.bytes)
        if let subprotocol { set("Sec-WebSocket-Protocol", subprotocol) }
        try await upgrade(to: "websocket") { channel, rest in
            let socket = try makeSocket(channel)
            socket.subprotocol = subprotocol
            try rest.forEachSegment { segment in try socket.adopt(segment) }
            return socket
        }
        return true
    }

    private static func accept(of request: borrowing HTTPRequest) -> WebSocketHandshake.Accept? {
        guard let key = request.field(.secWebSocketKey), WebSocketHandshake.isKey(key) else { return nil }
        return WebSocketHandshake.accept(for: key)
    }
}
