public import MillpondNet
internal import MillpondPools
internal import Synchronization

/// Sends requests over kept connections: the pool below a client.
///
///     let transport = Transport(group: group)
///     let length = try await transport.withResponse(HTTPClientRequest(.get, "http://example.org/")) { response in
///         try await response.readBody(limit: 1 << 20).count
///     }
///     await transport.close()
///
/// It has a pool on each of its reactors, since a connection lives on one. A request made on one of these reactors uses
/// that one's connections, without leaving the thread; one made elsewhere goes to the reactor that has the fewest such
/// guests, the first of them where several have as few, so that who sends one request after the other finds the same
/// connection. Thread-safe.
///
/// Redirects, cookies and the like are the business of what is built on it; see ``HTTPClient``.
public final class Transport: Sendable {
    /// Opens a connection for a key, on the reactor it runs on. It owns the channel it makes: where it throws, it has
    /// closed it.
    public typealias Connector = @Sendable (HTTPConnectionKey, TransportOptions) async throws -> Channel

    /// What it was made with.
    public let options: TransportOptions
    let lanes: [TransportLane]

    /// Where its connections live.
    public var reactors: [Reactor] { lanes.map(\.reactor) }

    /// A transport on all reactors of a group.
    public convenience init(
        group: ReactorGroup, options: TransportOptions = .init(), connector: @escaping Connector = Transport.connect
    ) {
        self.init(reactors: group.reactors, options: options, connector: connector)
    }

    /// A transport on some reactors, at least one. With a single one, the numbers of connections in the options hold
    /// for the whole program.
    public init(
        reactors: [Reactor], options: TransportOptions = .init(), connector: @escaping Connector = Transport.connect
    ) {
        precondition(!reactors.isEmpty, "a transport without a reactor")
        self.options = options
        lanes = reactors.map { TransportLane($0, options, connector) }
    }

    /// Sends a request and lends its response to `body`.
    ///
    /// The connection goes back to the pool when `body` returns: what it left unread of the content is skipped, up to
    /// `drainLimit` bytes; beyond, and when it throws before the end of the content, the connection is closed. `body`
    /// is called once at most, on a reactor's thread, which it must not block.
    ///
    /// A request that went out on a connection kept from before, and got no answer because the server had closed it, is
    /// sent again where that is safe; see ``HTTPClientRequest/Retry``.
    ///
    /// - Throws: ``HTTPClientError``; `CancellationError` when the task was cancelled, and then the connection is
    ///   closed; what `body` throws.
    public func withResponse<Result: Sendable>(
        _ request: HTTPClientRequest, _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        if let lane = currentLane { return try await lane.send(request, body) }
        return try await visit(request, body)
    }

    /// Closes what is idle now.
    public func closeIdle() {
        for lane in lanes { lane.pool.closeIdle() }
    }

    /// Closes the transport: requests that wait for a connection fail, those in progress end first, until the deadline.
    /// To be called before its reactors are shut down.
    ///
    /// - Returns: how many connections had not ended at the deadline; they are closed when their response is over.
    @discardableResult
    public func close(within deadline: Duration = .seconds(10)) async -> Int {
        for lane in lanes { lane.pool.beginClosing() }
        // One moment for all, however many they are.
        let end = PoolDeadline.at(PoolClock.system.now &+ deadline.clampedNanoseconds)
        var left = 0
        for lane in lanes {
            // What is thrown says that something is left, which the statistics say too.
            try? await lane.pool.close(deadline: end)
            let statistics = lane.pool.statistics()
            left += statistics.open + statistics.dialing + statistics.closing
        }
        return left
    }

    /// The lane of the reactor that the caller runs on, if it is one of this transport's.
    private var currentLane: TransportLane? {
        guard let current = Reactor.current else { return nil }
        if current.index < lanes.count, lanes[current.index].reactor === current { return lanes[current.index] }
        for lane in lanes where lane.reactor === current { return lane }
        return nil
    }

    // MARK: Guests

    private func visit<Result: Sendable>(
        _ request: HTTPClientRequest, _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        let lane = emptiest()
        lane.guests.wrappingAdd(1, ordering: .relaxed)
        defer { lane.guests.wrappingSubtract(1, ordering: .relaxed) }
        return try await withTaskExecutorPreference(lane.reactor) {
            try await Self.enter(lane, request, body)
        }
    }

    /// On the reactor: `@concurrent` has the task hop to the executor that it now prefers.
    @concurrent
    private static func enter<Result: Sendable>(
        _ lane: TransportLane, _ request: HTTPClientRequest,
        _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        try await lane.send(request, body)
    }

    private func emptiest() -> TransportLane {
        var best = lanes[0]
        var fewest = best.guests.load(ordering: .relaxed)
        for lane in lanes.dropFirst() where fewest > 0 {
            let guests = lane.guests.load(ordering: .relaxed)
            if guests < fewest { (best, fewest) = (lane, guests) }
        }
        return best
    }

    // MARK: Connecting

    /// Connects to the key's Unix socket, proxy or host, without TLS.
    ///
    /// - Throws: `unsupportedScheme` for `https`; what `Channel.connect` throws.
    public static func connect(_ key: HTTPConnectionKey, _ options: TransportOptions) async throws -> Channel {
        guard key.origin.scheme == .http else { throw HTTPClientError.unsupportedScheme }
        let peer = key.proxy?.origin ?? key.origin
        guard peer.scheme == .http else { throw HTTPClientError.unsupportedScheme }
        if let path = peer.unixPath {
            return try await Channel.connect(
                to: .unix(path: path), timeout: options.dialTimeout, options: options.channel)
        }
        return try await Channel.connect(
            host: peer.host, port: peer.port, timeout: options.dialTimeout, options: options.channel)
    }
}
