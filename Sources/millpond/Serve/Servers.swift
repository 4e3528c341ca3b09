import Logging
import MillpondChat
import MillpondHTTP
import MillpondNet
import MillpondPools

/// The servers of `millpond serve`: HTTP with the page and WebSocket, KIM's TCP framing, the chat behind both.
final class Servers: Sendable {
    let group: ReactorGroup
    let chat: ChatServer
    let http: HTTPServer
    private let boundStream = Guarded<SocketAddress?>(nil)

    /// Opens the store; listens on nothing yet.
    ///
    /// - Parameters:
    ///   - group: the reactors.
    ///   - options: of the chat.
    ///   - data: the folder of the store.
    ///   - limit: connections at once, on each port.
    ///   - trustsNames: whether pages of any host name that leads here are the server's own, with the public secret.
    ///   - logger: gets what goes wrong.
    /// - Throws: `StoreError` when the data folder can't be used.
    init(
        group: ReactorGroup, options: ChatOptions, data: String, limit: Int, trustsNames: Bool, logger: Logger
    ) throws {
        self.group = group
        var options = options
        options.maximumConnections = limit
        chat = try ChatServer(options: options, dataFolder: data, group: group, logger: logger)
        var httpOptions = HTTPServerOptions()
        httpOptions.listener.maximumConnections = limit
        httpOptions.onError = { error in logger.debug("request failed", metadata: ["error": "\(error)"]) }
        let figures = Figures()
        let routes = WebRoutes(chat: chat, trustsNames: trustsNames) { figures.read() }
        http = HTTPServer(group: group, options: httpOptions) { request, response in
            try await routes.handle(&request, &response)
        }
        figures.follow(http.listener)
    }

    /// Where KIM's TCP framing is served; nil if it is not.
    var stream: SocketAddress? { boundStream.withLock { $0 } }

    /// - Throws: `IOError` with the address in its text when it can't be had.
    func listen(web: SocketAddress, stream: SocketAddress?) throws {
        try http.start(on: web)
        if let stream {
            let bound = try chat.listen(on: stream)
            boundStream.withLock { $0 = bound }
        }
    }

    /// Accepts nothing more, answers what was taken, closes what is left at the deadline, and closes the store last.
    func stop(within deadline: Duration) async {
        let clock = ContinuousClock()
        let end = clock.now + deadline
        http.listener.stopAccepting()
        chat.stopAccepting()
        await chat.settle(within: deadline / 2)
        let left = max(.zero, end - clock.now)
        async let streamsEnd: Void = chat.drain(within: left)
        await http.drain(within: left)
        await streamsEnd
        await chat.stop(within: .zero)
        await group.shutdown()
    }
}

/// The HTTP listener's counts, for a handler that is made before the listener and that the listener holds.
private final class Figures: Sendable {
    private struct Reference {
        weak var listener: TCPServer?
    }

    private let reference = Guarded(Reference())

    func read() -> (open: Int, accepted: UInt64, refused: UInt64) {
        let listener = reference.withLock { $0.listener }
        return (listener?.connectionCount ?? 0, listener?.acceptedCount ?? 0, listener?.refusedCount ?? 0)
    }

    func follow(_ listener: TCPServer) {
        reference.withLock { $0.listener = listener }
    }
}
