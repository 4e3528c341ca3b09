internal import CMillpond
internal import Glibc
public import MillpondIO
internal import MillpondPools
internal import Synchronization

/// Accepts connections on the reactors of a group and gives each a driver.
///
/// On TCP every reactor has a listening socket of its own (`SO_REUSEPORT`), so that the kernel spreads the connections
/// and none changes threads. On a Unix socket the reactors share one. Thread-safe.
public final class TCPServer: Sendable {
    /// Makes the driver of a new connection, on the connection's reactor.
    public typealias MakeDriver = @Sendable (Channel) -> ConnectionDriver

    private struct State {
        var acceptors: [Acceptor] = []
        var address: SocketAddress?
        var isStarted = false
        var unixPath: String?
    }

    let options: TCPServerOptions
    let limits: ChannelLimits
    let makeDriver: MakeDriver
    private let group: ReactorGroup
    private let state = Guarded(State())
    private let open = Atomic<Int>(0)
    private let accepted = Atomic<UInt64>(0)
    private let refused = Atomic<UInt64>(0)
    private let crowdedOut = Atomic<UInt64>(0)
    let addresses = Guarded<[AddressCount.Key: AddressCount]>([:])

    /// A server that does not listen yet: ``start(on:)`` does that.
    ///
    /// - Parameters:
    ///   - group: the reactors that serve the connections. Shut them down after `drain`.
    ///   - options: limits and deadlines. They do not change later.
    ///   - makeDriver: makes the driver of each connection, on the reactor that the connection stays on.
    public init(group: ReactorGroup, options: TCPServerOptions = .init(), makeDriver: @escaping MakeDriver) {
        self.group = group
        self.options = options
        limits = ChannelLimits(options.channel)
        self.makeDriver = makeDriver
    }

    /// Connections open now.
    public var connectionCount: Int { open.load(ordering: .relaxed) }
    /// Connections accepted so far.
    public var acceptedCount: UInt64 { accepted.load(ordering: .relaxed) }
    /// Connections closed unserved because the process had no descriptor left for them.
    public var refusedCount: UInt64 { refused.load(ordering: .relaxed) }
    /// Connections closed unserved because their address had as many as it may.
    public var crowdedOutCount: UInt64 { crowdedOut.load(ordering: .relaxed) }
    /// Where it listens; nil before ``start(on:)``.
    public var address: SocketAddress? { state.withLock { $0.address } }

    /// Binds, listens and begins to accept. Port 0 takes a free port.
    ///
    /// - Returns: the address that it listens on.
    /// - Throws: `IOError.system`, with the call and the address in its text, when the address can't be had; the same
    ///   with `ESHUTDOWN` when the group was shut down.
    @discardableResult
    public func start(on address: SocketAddress) throws(IOError) -> SocketAddress {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else {
            throw .system(errno: EALREADY, operation: "start", subject: "a server that was started before")
        }
        let descriptors: [Int32]
        do {
            descriptors = try ListeningSocket.open(
                address, count: group.reactors.count, options: options)
        } catch {
            state.withLock { $0.isStarted = false }
            throw error
        }
        let bound = SocketAddress.local(of: descriptors[0]) ?? address
        var acceptors: [Acceptor] = []
        var isShutDown = false
        for (reactor, descriptor) in zip(group.reactors, descriptors) {
            let acceptor = Acceptor(server: self, reactor: reactor, descriptor: descriptor)
            if reactor.post({ _ in acceptor.start() }) {
                acceptors.append(acceptor)
            } else {
                acceptor.discard()
                isShutDown = true
            }
        }
        state.withLock { state in
            state.acceptors = acceptors
            state.address = bound
            if case .unix(let path) = address { state.unixPath = path }
        }
        if isShutDown {
            stopAccepting()
            throw .system(errno: ESHUTDOWN, operation: "start", subject: "reactors that were shut down")
        }
        return bound
    }

    /// Accepts nothing more; open connections go on.
    public func stopAccepting() {
        let (acceptors, path) = state.withLock { state in
            defer {
                state.acceptors = []
                state.unixPath = nil
            }
            return (state.acceptors, state.unixPath)
        }
        for acceptor in acceptors { acceptor.reactor.post { _ in acceptor.stop() } }
        if let path { _ = unsafe unlink(path) }
    }

    /// Ends in order: accepts nothing more, tells every driver to finish, waits for the connections to end, and closes
    /// at the deadline those that are left.
    ///
    /// - Returns: how many had to be closed.
    @discardableResult
    public func drain(within deadline: Duration = .seconds(10)) async -> Int {
        stopAccepting()
        // Behind the acceptors' stop in each reactor's mail, so that no connection slips in between.
        forEachConnection { $0.serverEnds() }
        let clock = ContinuousClock()
        await waitForConnections(until: clock.now + deadline)
        let left = connectionCount
        if left > 0 {
            forEachConnection { $0.end(.shutdown) }
            // They end within a turn, but for a handler that ignores its cancellation.
            await waitForConnections(until: clock.now + .seconds(1))
        }
        return left
    }

    private func waitForConnections(until end: ContinuousClock.Instant) async {
        let reactor = group.reactors[0]
        try? await reactor.run {
            while self.connectionCount > 0, ContinuousClock.now < end { try await reactor.sleep(for: .milliseconds(2)) }
        }
    }

    private func forEachConnection(_ body: @escaping @Sendable (Channel) -> Void) {
        for reactor in group.reactors {
            reactor.post { reactor in
                for channel in reactor.table.channels() where channel.server === self { body(channel) }
            }
        }
    }

    // MARK: Called by the acceptors

    /// Counts a connection in; false at the limit.
    func reserveConnection() -> Bool {
        if open.wrappingAdd(1, ordering: .relaxed).newValue <= options.maximumConnections { return true }
        open.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    func connectionOpened() {
        accepted.wrappingAdd(1, ordering: .relaxed)
    }

    func connectionRefused() {
        refused.wrappingAdd(1, ordering: .relaxed)
    }

    func connectionCrowdedOut() {
        crowdedOut.wrappingAdd(1, ordering: .relaxed)
    }

    func connectionClosed() {
        open.wrappingSubtract(1, ordering: .relaxed)
    }
}
