public import Logging
public import MillpondIO
public import MillpondNet
public import MillpondWebSocket

/// A chat server: sessions over WebSocket and over KIM's TCP framing, and their store.
///
///     let group = try ReactorGroup()
///     let chat = try ChatServer(options: options, dataFolder: "./millpond-data", group: group, logger: logger)
///     try chat.listen(on: SocketAddress(host: "127.0.0.1", port: 8001)!)  // KIM's TCP framing
///     // In the HTTP server, for an upgrade: response.upgradeToWebSocket(request) { chat.webSocket(for: $0) }
///     // For `POST /api/guest`, `/healthz` and `/metrics`: chat.guest(…), await chat.health(), chat.metrics()
///     …
///     await chat.settle(within: .seconds(5))   // every message taken is stored and answered
///     await httpServer.drain(…)
///     await chat.stop(within: .seconds(5))
///     await group.shutdown()
///
/// Thread-safe.
public final class ChatServer: Sendable {
    let gateway: ChatGateway
    private let streams: TCPServer
    private let webSocketSettings: WebSocketSettings
    private let guests: GuestDesk
    private let storeHealth: StoreHealth
    private let group: ReactorGroup

    /// Opens the store; listens on nothing yet.
    ///
    /// - Throws: `StoreError` when the data folder can't be used, is in use, or was written by a newer version.
    public init(
        options: ChatOptions, dataFolder: String, group: ReactorGroup, logger: Logger = Logger(label: "millpond.chat")
    ) throws(StoreError) {
        let store = try ChatStore(folder: dataFolder, options: options.store)
        let gateway = ChatGateway(options: options, store: store, reactors: group.reactors, logger: logger)
        self.gateway = gateway
        self.group = group
        guests = GuestDesk(perMinute: options.guestsPerMinute)
        storeHealth = StoreHealth(store)
        var socketOptions = WebSocketOptions()
        socketOptions.maximumMessageSize = ChatLimits.packet
        socketOptions.idleTimeout = options.idleTimeout
        webSocketSettings = WebSocketSettings(socketOptions)
        var streamOptions = TCPServerOptions()
        streamOptions.channel.writeTimeout = .seconds(10)
        streamOptions.maximumConnections = options.maximumConnections
        streams = TCPServer(group: group, options: streamOptions) { channel in
            StreamConnection(channel: channel, gateway: gateway)
        }
    }

    /// Whether tokens are signed with the secret that everyone knows.
    public var usesPublicSecret: Bool { gateway.tokens.isPublicDefault }
    /// Issues and checks this server's tokens.
    public var tokens: TokenAuthority { gateway.tokens }
    /// Accounts that are signed in.
    public var onlineCount: Int { gateway.directory.count }
    /// What the store has done so far.
    public var storeStatistics: StoreStatistics { gateway.store.statistics }

    /// Listens for clients that speak KIM's TCP framing. Port 0 takes a free port.
    ///
    /// - Throws: `IOError.system` when the address can't be had.
    @discardableResult
    public func listen(on address: SocketAddress) throws(IOError) -> SocketAddress {
        try streams.start(on: address)
    }

    /// The driver of a connection whose WebSocket handshake is done. On the connection's reactor, which must be of the
    /// server's group.
    public func webSocket(for channel: Channel) -> WebSocket {
        let session = WebSocketSession(gateway: gateway, channel: channel)
        return WebSocket(channel: channel, settings: webSocketSettings, handler: session)
    }

    // MARK: Stopping

    /// Waits until no message waits for its commit, at most until the deadline. True when none is left.
    @discardableResult
    public func settle(within deadline: Duration) async -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + deadline
        let reactor = group.reactors[0]
        let gateway = self.gateway
        try? await reactor.run {
            while gateway.counters.inFlight > 0, clock.now < end { try await reactor.sleep(for: .milliseconds(1)) }
        }
        return gateway.counters.inFlight == 0
    }

    /// Accepts no further TCP connection; open ones go on.
    public func stopAccepting() {
        streams.stopAccepting()
    }

    /// Closes the TCP connections: in order those that end until the deadline, the others then.
    public func drain(within deadline: Duration) async {
        await streams.drain(within: deadline)
    }

    /// Ends in order: accepts nothing more, answers what was taken, closes the TCP connections and the store. The HTTP
    /// server that carries the WebSockets is to be drained before.
    public func stop(within deadline: Duration = .seconds(10)) async {
        let clock = ContinuousClock()
        let end = clock.now + deadline
        stopAccepting()
        await settle(within: deadline / 2)
        await drain(within: max(.zero, end - clock.now))
        gateway.store.close()
    }

    // MARK: For the HTTP server

    /// Answers `POST /api/guest`: `{"name": …}` becomes `{"account", "token", "expires"}`.
    ///
    /// - Parameters:
    ///   - body: the request's, JSON.
    ///   - address: the client's, without its port; each may ask so often.
    ///   - forwardedFor: the last line of `X-Forwarded-For`, which counts only from `ChatOptions.trustedProxy`.
    public func guest(body: RawSpan, address: String, forwardedFor: String? = nil) -> ChatHTTPAnswer {
        let address = ClientAddress.of(
            peer: address, forwardedFor: forwardedFor, trustedProxy: gateway.options.trustedProxy)
        let now = TokenAuthority.now
        if case .refused(let seconds) = guests.admits(address, now: now) {
            var answer = ChatHTTPAnswer.error(429, "too many guests from this address")
            answer.retryAfterSeconds = seconds
            return answer
        }
        guard body.byteCount <= 4096 else { return .error(413, "the body is too long") }
        let bytes = unsafe body.withUnsafeBytes { unsafe Array($0) }
        guard case .text(let name)? = ClaimsReader.read(bytes)?["name"] else {
            return .error(400, "a JSON object with a name is needed")
        }
        guard let account = GuestDesk.account(for: name) else {
            return .error(400, "the name needs letters or digits")
        }
        let expiry = now + gateway.options.guestTokenLifetime.components.seconds
        let token = tokens.issue(TokenAuthority.Claims(account: account, app: "millpond", expiry: expiry))
        var answer = "{\"account\":"
        answer.appendJSON(account)
        answer += ",\"token\":"
        answer.appendJSON(token)
        return .json(200, answer + ",\"expires\":\(expiry)}")
    }

    /// Answers `GET /healthz`: 200 while messages can be stored, 503 with the reason when the store's writer fails or
    /// does not answer within `ChatOptions.healthTimeout`.
    public func health() async -> ChatHTTPAnswer {
        let storeHealth = self.storeHealth
        let timeout = gateway.options.healthTimeout
        let reactor = Reactor.current ?? group.reactors[0]
        let problem = await reactor.run { await storeHealth.problem(within: timeout, on: reactor) }
        let type = "text/plain; charset=utf-8"
        guard let problem else { return ChatHTTPAnswer(status: 200, contentType: type, body: "ok\n") }
        return ChatHTTPAnswer(status: 503, contentType: type, body: "\(problem)\n")
    }
}
