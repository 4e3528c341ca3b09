internal import MillpondNet
internal import MillpondWebSocket

/// A client that speaks WebSocket: one packet in each message.
// Sound: as for its superclass, used on its reactor only.
final class WebSocketSession: ChatSession, WebSocketHandler, @unchecked Sendable {
    /// Nil once the connection is over: the socket owns its handler.
    @safe @exclusivity(unchecked) private var socket: WebSocket?
    /// `receiveNow` has left the message that is being handled to `receive`.
    @safe @exclusivity(unchecked) private var isOffered = false

    init(gateway: ChatGateway, channel: Channel) {
        super.init(gateway: gateway, channel: channel, style: .webSocket)
    }

    override var isOpen: Bool { socket?.isOpen == true && !state.contains(.ended) }

    override func close(reason: StaticString) {
        socket?.close(.policyViolation, reason: "\(reason)")
    }

    override func goAway() {
        socket?.close(.goingAway, reason: "the server is going down")
    }

    func drain(_ socket: WebSocket) { drain() }

    func opened(_ socket: WebSocket) async throws {
        self.socket = socket
        channel.setReadDeadline(gateway.options.loginTimeout)
    }

    // Text messages that carry a packet are accepted like binary ones.
    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        switch receiveNow(payload) {
        case .handled: return true
        case .later:
            isOffered = true
            return false
        case .end(let reason):
            close(reason: reason)
            return true
        }
    }

    func message(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) async throws {
        var outcome = Outcome.later
        if !isOffered { outcome = receiveNow(payload) }
        isOffered = false
        if case .later = outcome { outcome = await receive(payload) }
        if case .end(let reason) = outcome { close(reason: reason) }
    }

    func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String) {
        ended()
        self.socket = nil
    }
}
