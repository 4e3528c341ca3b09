import MillpondIO
import MillpondNet
import MillpondWebSocket

/// A connection that carries messages, in whatever framing. Used on its reactor only.
protocol MessageLink: AnyObject {
    var isOpen: Bool { get }
    /// What carries it; nil once it is over.
    var carrier: Channel? { get }
    /// Queues a message. Never waits.
    func send(_ message: RawSpan) throws
    /// Tells the peer that this side is there.
    func ping()
    func close()
}

/// Whom a link's messages go to.
protocol MessageReceiver: AnyObject {
    /// The view is gone when the call returns.
    func received(_ message: RawSpan)
    /// The link is over; the last call.
    func linkClosed(_ reason: String)
}

extension BenchAddress {
    /// Opens a link on the reactor that it is to live on.
    // Any of the two framings: which, only the address says; the receivers are of several kinds as well.
    func open(for receiver: any MessageReceiver, within seconds: Double) async throws -> any MessageLink {
        if scheme == .tcp {
            let channel = try await connect(within: seconds)
            let link = StreamLink(channel: channel, receiver: receiver)
            channel.start(link)
            return link
        }
        let link = WebSocketLink(receiver: receiver)
        link.socket = try await connect(link, within: seconds)
        return link
    }
}

/// Messages in WebSocket frames.
final class WebSocketLink: WebSocketHandler, MessageLink {
    @exclusivity(unchecked) var socket: WebSocket?
    // The two hold each other until the connection is over.
    @exclusivity(unchecked) private var receiver: (any MessageReceiver)?

    init(receiver: any MessageReceiver) {
        self.receiver = receiver
    }

    var isOpen: Bool { socket?.isOpen == true }
    var carrier: Channel? { socket?.channel }

    func send(_ message: RawSpan) throws {
        guard let socket else { throw IOError.closed }
        try socket.send(message)
    }

    func ping() { try? socket?.ping() }

    func close() { socket?.channel.close() }

    // Everything is done without waiting, so that an answer costs no task.
    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        receiver?.received(payload)
        return true
    }

    func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String) {
        let receiver = self.receiver
        self.receiver = nil
        self.socket = nil
        receiver?.linkClosed(reason)
    }
}
