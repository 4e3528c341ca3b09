internal import MillpondIO
public import MillpondNet
public import MillpondPools

/// A WebSocket connection (RFC 6455), of a server or a client.
///
/// Messages come to a ``WebSocketHandler``, or are asked for with ``receive(_:)`` by a task that owns the connection.
/// Sending never waits: frames join the channel's outbox, which leaves in one system call at the end of the reactor's
/// turn; ``flush()`` waits for a peer that reads slowly.
///
/// A connection that waits for its peer holds neither a block nor a task. One that a task owns is closed when nobody
/// refers to it any more.
///
/// Confined to its channel's reactor. `channel.reference` with a ``WebSocketFrame`` sends from elsewhere.
public class WebSocket: ConnectionDriver {
    struct State: OptionSet {
        let rawValue: UInt8
        static let opened = State(rawValue: 1 << 0)
        /// A close frame was sent: nothing may follow it.
        static let closeSent = State(rawValue: 1 << 1)
        static let closeReceived = State(rawValue: 1 << 2)
        /// The conversation is over; a client waits for the server to close the connection.
        static let awaitingEnd = State(rawValue: 1 << 3)
        static let awaitingPong = State(rawValue: 1 << 4)
        static let reported = State(rawValue: 1 << 5)
        /// A dialer's, before the handshake is done: nothing may be sent.
        static let dialing = State(rawValue: 1 << 6)
    }

    /// The side that this end is.
    public let role: WebSocketRole
    /// The subprotocol that was agreed on.
    @safe @exclusivity(unchecked) public internal(set) var subprotocol: String?
    /// Anything the application wants to find again with the connection.
    @safe @exclusivity(unchecked) public var attachment: AnyObject?

    let settings: WebSocketSettings
    @safe @exclusivity(unchecked) let handler: (any WebSocketHandler)?
    @safe @exclusivity(unchecked) var state: State = []
    @safe @exclusivity(unchecked) var parser: WebSocketParser
    @safe @exclusivity(unchecked) var input = ReceiveBuffer()
    @safe @exclusivity(unchecked) var assembly = MessageAssembly()
    @safe @exclusivity(unchecked) var closing: ClosingRecord?
    @safe @exclusivity(unchecked) var subscriptions: [LocalTopic] = []
    /// The read deadline that was set for the rest of a message, or a pong; 0 for none.
    @safe @exclusivity(unchecked) var messageDeadline: UInt64 = 0

    init(channel: Channel, role: WebSocketRole, settings: WebSocketSettings, handler: (any WebSocketHandler)?) {
        self.role = role
        self.settings = settings
        self.handler = handler
        parser = WebSocketParser(role: role, maximumMessageSize: settings.options.maximumMessageSize)
        super.init(channel: channel)
        channel.readTimeout = settings.options.pingInterval ?? settings.options.idleTimeout
        channel.setReadDeadline(nil)
    }

    // A task that has let its connection go can't close it any more.
    deinit { channel.closeUnlessDriven() }

    /// A server's connection whose handshake is done, to be given to its channel as the next driver.
    public convenience init(
        channel: Channel, settings: WebSocketSettings = .standard, handler: any WebSocketHandler
    ) {
        self.init(channel: channel, role: .server, settings: settings, handler: Optional(handler))
    }

    /// A server's connection that is run by an async function from top to bottom, with ``receive(_:)``. It occupies a
    /// task for as long as it lasts; when the function returns, the connection is closed in order.
    ///
    /// Give what this returns to the channel as its next driver.
    public static func conversation(
        channel: Channel, settings: WebSocketSettings = .standard,
        _ body: @escaping @Sendable (WebSocket) async throws -> Void
    ) -> WebSocket {
        ConversationSocket(channel: channel, settings: settings, body: body)
    }

    /// Takes over what was read behind the handshake.
    ///
    /// - Throws: when the pool has no room for it.
    public func adopt(_ leftover: RawSpan) throws(BlockPoolError) {
        try input.append(leftover)
    }

    /// Whether messages can be sent.
    public var isOpen: Bool { channel.isOpen && state.isDisjoint(with: Self.silent) }
    /// The code and reason of the close frame that ended the conversation, the peer's if it sent one; nil while it goes
    /// on, and after an end without.
    public var closeStatus: (code: WebSocketCloseCode, reason: String)? { closing.map { ($0.code, $0.reason) } }

    /// States in which nothing may be sent.
    static let silent: State = [.dialing, .closeSent]

    public override var startsImmediately: Bool { true }

    // MARK: Driving

    public override func run() async -> Next {
        guard let handler else { return .close }
        if !state.contains(.opened) {
            state.insert(.opened)
            do { try await handler.opened(self) } catch { close(.internalError) }
        }
        if channel.deadlinePassed, !deadlinePassed() { return .close }
        var input = ReceiveBuffer()
        swap(&input, &self.input)
        var reads = Self.readsPerRun
        while true {
            switch advance(&input, reads: &reads) {
            case .message(let kind, let place):
                do {
                    // Sound: the place is in `input` or `assembly`, which stay as they are until the call has returned.
                    let view = unsafe RawSpan(_unsafeBytes: place)
                    if try !handler.received(self, kind: kind, payload: view) {
                        try await handler.message(self, kind: kind, payload: view)
                    }
                } catch {
                    close(.internalError)
                }
                if !assembly.isEmpty { assembly.removeAll() }
            case .blocked:
                return park(&input)
            case .ended:
                return .close
            }
        }
    }

    /// Reads of one run; then others have their turn.
    static let readsPerRun = 32

    /// Waits for the peer, with no more than the beginning of a head in memory.
    private func park(_ input: inout ReceiveBuffer) -> Next {
        do { try input.settle() } catch { return .close }
        if !input.isEmpty { swap(&input, &self.input) }
        return .park
    }

    public override func deadlineExpired() -> DeadlineAction {
        if !state.isDisjoint(with: [.awaitingEnd, .closeSent]) {
            // What a slow peer has not taken yet, the close frame behind it, still leaves.
            return channel.queuedByteCount > 0 ? .run : .close
        }
        if !isInMessage, settings.options.pingInterval != nil, !state.contains(.awaitingPong) {
            sendPing()
            return .extend(settings.options.pongTimeout)
        }
        return .run
    }

    public override func drain() {
        guard let handler, isOpen else { return close(.goingAway) }
        // One that is not told yet that it is open is drained when it parks.
        if state.contains(.opened) { handler.drain(self) }
    }

    public override func closed(_ reason: CloseReason) {
        finish()
    }

    /// Tells the application that the connection did not come about.
    func openingFailed(_ error: any Error) {
        guard !state.contains(.reported) else { return }
        state.insert(.reported)
        input.removeAll()
        handler?.failed(self, error)
    }

    /// Tells the application that the connection is over.
    func finish() {
        guard !state.contains(.reported) else { return }
        state.insert(.reported)
        leaveTopics()
        input.removeAll()
        assembly.removeAll()
        handler?.closed(self, code: closing?.code ?? .abnormal, reason: closing?.reason ?? "")
    }
}

/// How a conversation ended.
final class ClosingRecord {
    let code: WebSocketCloseCode
    let reason: String

    init(_ code: WebSocketCloseCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// ``WebSocketOptions``, shared by all connections that have the same.
public final class WebSocketSettings: Sendable {
    public let options: WebSocketOptions

    public init(_ options: WebSocketOptions) { self.options = options }

    /// The defaults.
    public static let standard = WebSocketSettings(WebSocketOptions())
}
