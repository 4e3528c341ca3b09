import MillpondIO
import MillpondNet
import MillpondWebSocket

/// Messages in WebSocket frames.
final class WebSocketLink: WebSocketHandler, MessageLink {
    @exclusivity(unchecked) var socket: WebSocket?
    // The two hold each other until the connection is over.
    @exclusivity(unchecked) private var receiver: (any MessageReceiver)?
    private let target: LoadTarget

    init(receiver: any MessageReceiver, target: LoadTarget) {
        self.receiver = receiver
        self.target = target
    }

    var isOpen: Bool { socket?.isOpen == true }
    var carrier: Channel? { socket?.channel }

    func send(_ message: RawSpan) throws {
        guard let socket else { throw IOError.closed }
        try socket.send(message)
    }

    func ping() { try? socket?.ping() }

    func close() { socket?.channel.close() }

    func opened(_ socket: WebSocket) { receiver?.linkOpened() }

    func failed(_ socket: WebSocket, _ error: any Error) { end()?.linkFailed(target.named(error)) }

    // Everything is done without waiting, so that an answer costs no task.
    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        receiver?.received(payload)
        return true
    }

    func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String) { end()?.linkClosed(reason) }

    private func end() -> (any MessageReceiver)? {
        defer { receiver = nil }
        socket = nil
        return receiver
    }
}
