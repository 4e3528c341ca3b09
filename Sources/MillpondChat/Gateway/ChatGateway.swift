internal import Logging
internal import MillpondNet
internal import MillpondPools
internal import Synchronization

/// What all sessions share.
final class ChatGateway: Sendable {
    /// Accounts that one presence list names.
    static let presenceLimit = 10_000

    let options: ChatOptions
    let tokens: TokenAuthority
    let store: ChatStore
    let directory = SessionDirectory()
    let rooms: RoomTable
    let reactors: [Reactor]
    let counters = ChatCounters()
    let logger: Logger
    private let lastNumber = Atomic<UInt64>(0)
    private let presenceSubscribers = Atomic<Int>(0)
    private let lastReport = Atomic<UInt64>(0)

    init(options: ChatOptions, store: ChatStore, reactors: [Reactor], logger: Logger) {
        self.options = options
        self.store = store
        self.reactors = reactors
        self.logger = logger
        tokens = TokenAuthority(secret: options.secret)
        rooms = RoomTable(reactors: reactors)
    }

    func nextSessionNumber() -> UInt64 { lastNumber.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Logs a failure of the store, at most one a second: when a disk is full every message fails.
    func report(_ failure: StoreError) {
        let second = UInt64(bitPattern: TokenAuthority.now)
        if lastReport.exchange(second, ordering: .relaxed) == second { return }
        logger.error("the store refuses requests", metadata: ["reason": "\(failure)"])
    }

    // MARK: Sessions, on their reactors

    func signedIn(_ session: ChatSession) {
        counters.login()
        let older = directory.replace(session.account, with: session)
        rooms.locals[session.channel.reactor.index].signedIn(session)
        if let older {
            counters.kickOut()
            older.channel.reactor.post { _ in older.kickOut() }
        } else {
            announce(session.account)
        }
    }

    func signedOut(_ session: ChatSession) {
        rooms.locals[session.channel.reactor.index].signedOut(session)
        if session.isPresenceSubscriber { presenceSubscribers.wrappingSubtract(1, ordering: .relaxed) }
        session.isPresenceSubscriber = false
        if directory.remove(session.account, session) { announce(session.account) }
    }

    // MARK: Presence

    func subscribeToPresence(_ session: ChatSession) {
        guard !session.isPresenceSubscriber else { return }
        session.isPresenceSubscriber = true
        presenceSubscribers.wrappingAdd(1, ordering: .relaxed)
        rooms.locals[session.channel.reactor.index].subscribeToPresence(session)
    }

    /// Tells subscribers that an account has come or gone: what is so when they are told, since two reactors may
    /// announce changes in another order than they were made in.
    private func announce(_ account: String) {
        if presenceSubscribers.load(ordering: .relaxed) == 0 { return }
        for reactor in reactors {
            let locals = rooms.locals[reactor.index]
            reactor.post { _ in
                var event = ProtobufBuilder()
                event.field(1, account)
                event.field(2, self.directory[account] != nil)
                let body = event.bytes
                for session in locals.presenceSubscribers.values where session.account != account {
                    let head = unsafe PacketHead(
                        command: RawSpan(_unsafeBytes: ChatCommand.presence.name.bytes), channelID: RawSpan(),
                        destination: RawSpan(), sequence: 0, flag: .push)
                    session.send(head, body: body)
                }
            }
        }
    }

    // MARK: Pushing to accounts

    /// Sends a packet to those of the accounts that are online, except the sender's own session.
    func push(_ head: PacketHead, body: [UInt8], to accounts: [String], from sender: ChatSession) {
        var receivers = [[ChatSession]](repeating: [], count: reactors.count)
        for account in Set(accounts) {
            guard let receiver = directory[account], receiver !== sender else { continue }
            receivers[receiver.channel.reactor.index].append(receiver)
        }
        let count = head.packetCount(body: body.count)
        // Bytes that each reactor puts into frames of its own; the head's views are not valid there.
        let packet = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let memory = UnsafeMutableRawBufferPointer(buffer)
            var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
            head.encode(bodyCount: body.count, into: &output)
            unsafe body.withUnsafeBytes { unsafe output.put(RawSpan(_unsafeBytes: $0)) }
            initialized = unsafe output.finalize(for: memory)
        }
        for reactor in reactors where !receivers[reactor.index].isEmpty {
            let receivers = receivers[reactor.index]
            reactor.post { _ in self.deliver(packet, to: receivers) }
        }
    }

    /// On the receivers' reactor: a session knows whether it is still open.
    private func deliver(_ packet: [UInt8], to receivers: [ChatSession]) {
        var frames = PushFrames()
        for receiver in receivers {
            let frame = frames.frame(receiver.style, count: packet.count) { output in
                unsafe packet.withUnsafeBytes { unsafe output.put(RawSpan(_unsafeBytes: $0)) }
            }
            guard let frame else {
                receiver.missed()
                continue
            }
            counters.pushed(1)
            receiver.send(frame: frame)
        }
    }
}
