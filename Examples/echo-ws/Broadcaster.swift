import MillpondWebSocket

/// Sends every message to all connections, the sender's own included: encoded once, shared by all.
final class Broadcaster: WebSocketHandler, Sendable {
    static let shared = Broadcaster()

    private let everyone = WebSocketTopic()

    func opened(_ socket: WebSocket) async throws {
        socket.subscribe(to: everyone)
    }

    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        everyone.publish(try WebSocketFrame(payload, as: kind))
        return true
    }
}
