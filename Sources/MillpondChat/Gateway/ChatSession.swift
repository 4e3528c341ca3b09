internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// One client's connection: what it may do, and what it is owed.
///
/// Packets are handled in the order they came. Messages and acknowledgements go to the store without waiting for those
/// before, so that many can be in one commit, and come back in the same order; any other request waits until they have,
/// and is answered before the next packet is looked at.
///
/// Confined to its reactor, but for `account`, which is set once, before others learn of the session, and the
/// constants.
// Sound: see above.
@safe
class ChatSession: @unchecked Sendable {
    struct State: OptionSet {
        let rawValue: UInt8
        static let signedIn = State(rawValue: 1 << 0)
        /// A newer session of the same account has taken over.
        static let kickedOut = State(rawValue: 1 << 1)
        static let ended = State(rawValue: 1 << 2)
        /// The server is going down: nothing more is taken, and what was taken is answered first.
        static let draining = State(rawValue: 1 << 3)
        /// A request is under way that is not in flight: it waits for its turn, or for the store's answer.
        static let performing = State(rawValue: 1 << 4)
    }

    /// What is to be done after a packet.
    enum Outcome {
        case handled
        /// Call `receive` with the same packet.
        case later
        /// The connection is to be closed, with a reason for the peer.
        case end(StaticString)
    }

    /// Messages of a connection that may wait for their commit; then it is read no further.
    static let inFlightLimit = 256

    let gateway: ChatGateway
    let channel: Channel
    let style: FrameStyle
    @safe @exclusivity(unchecked) private(set) final var account = ""
    @safe @exclusivity(unchecked) private(set) final var number: UInt64 = 0
    @safe @exclusivity(unchecked) final var state: State = []
    @safe @exclusivity(unchecked) final var isPresenceSubscriber = false
    @safe @exclusivity(unchecked) private final var inFlight = 0
    @safe @exclusivity(unchecked) private final var waiter: UnsafeContinuation<Void, Never>?
    @safe @exclusivity(unchecked) private final var waiterTarget = 0
    @safe @exclusivity(unchecked) private final var kickedOutAt: ContinuousClock.Instant?

    init(gateway: ChatGateway, channel: Channel, style: FrameStyle) {
        self.gateway = gateway
        self.channel = channel
        self.style = style
        channel.setReadDeadline(gateway.options.loginTimeout)
        gateway.counters.opened()
    }

    deinit { gateway.counters.closed() }

    /// Whether packets can be sent.
    var isOpen: Bool { channel.isOpen && !state.contains(.ended) }

    /// Ends the connection in order.
    func close(reason: StaticString) {}

    /// Ends the connection in order, as the server is going down.
    func goAway() {}

    final var channelID: String { "\(gateway.options.name)_\(account)_\(number)" }

    // MARK: Packets

    /// Handles a packet, if that takes no waiting.
    final func receiveNow(_ bytes: RawSpan) -> Outcome {
        if state.contains(.draining) { return .handled }
        gateway.counters.received(bytes.byteCount)
        let packet: Packet
        do throws(PacketError) { packet = try Packet(bytes) } catch { return malformed() }
        switch packet {
        case .ping, .pong:
            guard state.contains(.signedIn) else { return refuseFirst(nil, bytes) }
            if packet == .ping { sendPong() }
            return outcomeInGrace()
        case .logic(let logic):
            if state.isEmpty { return signIn(logic, bytes) }
            guard state.isDisjoint(with: [.kickedOut, .ended]), state.contains(.signedIn), inFlight < Self.inFlightLimit
            else { return .later }
            switch logic.command {
            case .userTalk, .groupTalk: return talk(logic, bytes)
            case .acknowledge: return acknowledge(logic, bytes)
            default: return .later
            }
        }
    }

    /// Handles a packet that `receiveNow` did not.
    final func receive(_ bytes: RawSpan) async -> Outcome {
        guard case .logic(let logic)? = try? Packet(bytes) else { return malformed() }
        state.insert(.performing)
        defer {
            state.remove(.performing)
            goAwayIfDone()
        }
        if state.contains(.kickedOut) { return refuseKickedOut(logic, bytes) }
        // Signing in is `receiveNow`'s; who has ended is done.
        guard state.contains(.signedIn), isOpen else { return .handled }
        switch logic.command {
        case .userTalk, .groupTalk, .acknowledge: await wait(forInFlight: Self.inFlightLimit / 2)
        default: await wait(forInFlight: 0)
        }
        guard isOpen else { return .handled }
        if state.contains(.kickedOut) { return refuseKickedOut(logic, bytes) }
        var outcome = Outcome.later
        if inFlight > 0 {
            outcome = logic.command == .acknowledge ? acknowledge(logic, bytes) : talk(logic, bytes)
        }
        guard case .later = outcome else { return outcome }
        // What must be refused, or needs a group to be loaded: in its turn.
        await wait(forInFlight: 0)
        guard isOpen else { return .handled }
        if state.contains(.kickedOut) { return refuseKickedOut(logic, bytes) }
        return await perform(logic, bytes)
    }

    private func malformed() -> Outcome {
        gateway.counters.malformed()
        return .end("malformed packet")
    }

    private func refuseFirst(_ logic: LogicPacket?, _ bytes: RawSpan) -> Outcome {
        if let logic {
            respond(to: logic, bytes, .invalidCommand, error: "sign in first")
        } else {
            let nothing = RawSpan()
            let head = PacketHead(
                command: nothing, channelID: nothing, destination: nothing, sequence: 0, flag: .response,
                status: .invalidCommand)
            send(count: head.packetCount(body: 0)) { head.encode(bodyCount: 0, into: &$0) }
        }
        return .end("sign in first")
    }

    // MARK: Signing in and out

    private func signIn(_ logic: LogicPacket, _ bytes: RawSpan) -> Outcome {
        guard logic.command == .signIn else { return refuseFirst(logic, bytes) }
        guard let body = logic.body, let request = try? LoginRequest(bytes, body) else {
            respond(to: logic, bytes, .invalidBody, error: "LoginReq can't be decoded")
            return .end("malformed packet")
        }
        let claims: TokenAuthority.Claims
        do throws(TokenError) {
            let token = unsafe bytes.at(request.token).withUnsafeBytes { unsafe Array($0) }
            claims = try gateway.tokens.verify(token, now: TokenAuthority.now)
        } catch {
            gateway.counters.refusedLogin()
            respond(to: logic, bytes, .unauthorized)
            return .end("unauthorized")
        }
        account = claims.account
        number = gateway.nextSessionNumber()
        state.insert(.signedIn)
        channel.setReadDeadline(nil)
        gateway.signedIn(self)
        var answer = ProtobufBuilder()
        answer.field(1, channelID)
        answer.field(2, account)
        respond(to: logic, bytes, .success, body: answer.bytes)
        return .handled
    }

    /// A newer session has taken the account over: tells the client, and gives it a second to go.
    final func kickOut() {
        guard state.contains(.signedIn), isOpen else { return }
        state.insert(.kickedOut)
        gateway.signedOut(self)
        var notice = ProtobufBuilder()
        notice.field(1, channelID)
        let channelID = self.channelID
        let head = unsafe PacketHead(
            command: RawSpan(_unsafeBytes: ChatCommand.signIn.name.bytes),
            channelID: channelID.utf8Span.span.bytes, destination: RawSpan(), sequence: 0, flag: .push)
        send(head, body: notice.bytes)
        kickedOutAt = .now
        channel.setReadDeadline(gateway.options.kickOutGrace)
        // For the deadline to be noticed by a connection that is already waiting.
        channel.wake()
    }

    final func refuseKickedOut(_ logic: LogicPacket, _ bytes: RawSpan) -> Outcome {
        respond(to: logic, bytes, .sessionNotFound)
        return outcomeInGrace()
    }

    /// Whatever the client of a session that was kicked out sends, it does not stay longer.
    final func outcomeInGrace() -> Outcome {
        guard let kickedOutAt else { return .handled }
        let left = gateway.options.kickOutGrace - kickedOutAt.duration(to: .now)
        if left <= .zero { return .end("another session has taken over") }
        // A message that came whole may have ended the deadline.
        channel.setReadDeadline(left)
        return .handled
    }

    /// The connection is over.
    final func ended() {
        guard !state.contains(.ended) else { return }
        state.insert(.ended)
        // For a session that was kicked out there is nothing left to do, whatever it managed to do since.
        if state.contains(.signedIn) { gateway.signedOut(self) }
    }

    // MARK: What is in flight

    /// Hands a command to the store; its outcome comes back through `settle`.
    final func submit(_ command: StoreCommand, bytes: Int) throws(StoreError) {
        try gateway.store.submit(command, bytes: bytes)
        inFlight += 1
        gateway.counters.inFlight(1)
    }

    /// A command has come back and was dealt with.
    final func settle() {
        inFlight -= 1
        gateway.counters.inFlight(-1)
        if inFlight <= waiterTarget, let waiter {
            self.waiter = nil
            unsafe waiter.resume()
        }
        goAwayIfDone()
    }

    /// The server is going down: answers what was taken, then ends the connection. The server's deadline bounds it.
    final func drain() {
        guard !state.contains(.draining) else { return }
        state.insert(.draining)
        goAwayIfDone()
    }

    private func goAwayIfDone() {
        if inFlight == 0, state.contains(.draining), !state.contains(.performing) { goAway() }
    }

    /// Nothing that this client was not yet told is left to refuse out of turn.
    final var mayRefuse: Bool { inFlight == 0 }

    final func wait(forInFlight target: Int) async {
        if inFlight <= target { return }
        waiterTarget = target
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            unsafe waiter = continuation
        }
    }
}
