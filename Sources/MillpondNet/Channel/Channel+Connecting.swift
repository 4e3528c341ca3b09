internal import CMillpond
internal import Glibc
internal import MillpondIO

extension Channel {
    /// Connects to an address. The calling task must run on a reactor, to which the connection will belong.
    ///
    /// Whoever gets the channel owns it: give it a driver with ``start(_:)``, or use it from the task and close it;
    /// ``TCPConnection`` closes by itself.
    ///
    /// - Parameters:
    ///   - address: the peer.
    ///   - timeout: for the connection to be established.
    ///   - options: the connection's limits and deadlines.
    /// - Throws: `IOError.timedOut`, `IOError.system` with the address in its text, `CancellationError`.
    public static func connect(
        to address: SocketAddress, timeout: Duration = .seconds(10), options: ChannelOptions = .init()
    ) async throws -> Channel {
        try Task.checkCancellation()
        let channel = try begin(connectingTo: address, limits: ChannelLimits(options))
        if channel.state.contains(.connecting) { try await channel.finishConnecting(to: address, timeout: timeout) }
        return channel
    }

    /// Connects to whichever of a host's addresses answers first (RFC 8305, "Happy Eyeballs"): the attempts begin one
    /// after the other, the next as soon as one fails and after a quarter of a second at the latest, and go on side by
    /// side. The families take turns, that of the system's first choice before the other. Once one is through, the
    /// others are closed. The calling task must run on a reactor, to which the connection will belong.
    ///
    /// - Parameters:
    ///   - host: a name, or an address without brackets.
    ///   - port: of that host.
    ///   - timeout: for the look-up and all attempts together.
    ///   - options: what the connection is to have.
    /// - Throws: the last attempt's error; ``ResolverError``; as ``connect(to:timeout:options:)``.
    public static func connect(
        host: String, port: UInt16, timeout: Duration = .seconds(10), options: ChannelOptions = .init()
    ) async throws -> Channel {
        let end = ContinuousClock.now + timeout
        let addresses = try await Resolver.resolve(host: host, port: port, timeout: timeout)
        return try await connect(toOneOf: addresses, timeout: ContinuousClock.now.duration(to: end), options: options)
    }

    /// Connects to whichever of the addresses answers first, as ``connect(host:port:timeout:options:)`` does.
    ///
    /// - Parameters:
    ///   - addresses: at least one, the preferred ones first.
    ///   - timeout: for all attempts together.
    ///   - attemptDelay: how long an attempt runs before the next one joins it.
    ///   - options: what the connection is to have.
    /// - Throws: the last attempt's error; as ``connect(to:timeout:options:)``.
    public static func connect(
        toOneOf addresses: [SocketAddress], timeout: Duration = .seconds(10),
        attemptDelay: Duration = .milliseconds(250), options: ChannelOptions = .init()
    ) async throws -> Channel {
        precondition(!addresses.isEmpty, "no address to connect to")
        if timeout <= .zero { throw IOError.timedOut }
        if addresses.count == 1 { return try await connect(to: addresses[0], timeout: timeout, options: options) }
        let reactor = reactorOfCaller()
        let race = ConnectionRace(addresses, reactor: reactor, timeout: timeout, delay: attemptDelay, options: options)
        return try await race.run()
    }

    /// Has the kernel connect a new socket, and watches it. The channel is `connecting`, or connected already, as one
    /// of a Unix socket is at once.
    static func begin(connectingTo address: SocketAddress, limits: ChannelLimits) throws(IOError) -> Channel {
        let reactor = reactorOfCaller()
        // What a closing connection opens in its place would never be told of its own end.
        if reactor.isEnding {
            throw .system(errno: ESHUTDOWN, operation: "connect", subject: "reactors that were shut down")
        }
        let descriptor = mp_socket(address.family)
        guard descriptor >= 0 else { throw IOError.system(errno: errno, operation: "socket") }
        if let size = limits.socketBufferSize {
            _ = mp_set_option(descriptor, SOL_SOCKET, SO_SNDBUF, Int32(clamping: size))
            _ = mp_set_option(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(clamping: size))
        }
        _ = mp_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        let channel = Channel(reactor: reactor, descriptor: descriptor, limits: limits)
        do throws(IOError) {
            let result = unsafe try address.withSockaddr { pointer, length in
                unsafe Glibc.connect(descriptor, pointer, length)
            }
            let code = errno
            // A Unix socket whose queue is full says EAGAIN and reports nothing later: an error like any other.
            guard result == 0 || code == EINPROGRESS else {
                throw .system(errno: code, operation: "connect", subject: "\(address)")
            }
            channel.state.insert(result == 0 ? .writable : .connecting)
            try channel.register()
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        return channel
    }

    /// Gives a connecting channel the driver that is to run it, and a deadline.
    func awaitConnection(for driver: ConnectionDriver, timeout: UInt64) {
        self.driver = driver
        writeDeadline = reactor.now &+ timeout
        armTimer()
    }

    /// The kernel says that the attempt is over, one way or the other.
    func connectingEnded() {
        state.remove(.connecting)
        // A task waits, and asks for itself.
        guard let driver else { return resumeWriteWaiter() }
        writeDeadline = 0
        if let code = connectError() { return end(.system(code)) }
        if outbox.isEmpty { resumeWriteWaiter() } else { markDirty() }
        attach(driver)
    }

    /// An attempt that failed was told as a broken connection; what succeeded needs no further question.
    private func connectError() -> Int32? {
        guard state.contains(.peerClosed), case let code = mp_socket_error(id.descriptor), code != 0 else { return nil }
        return code
    }

    private func finishConnecting(to address: SocketAddress, timeout: Duration) async throws {
        writeDeadline = reactor.now &+ timeout.clampedNanoseconds
        armTimer()
        do {
            try await waitForOutbox(below: Int.max)
        } catch {
            close()
            throw error
        }
        writeDeadline = 0
        if let code = connectError() {
            close(.system(code))
            throw IOError.system(errno: code, operation: "connect", subject: "\(address)")
        }
    }

    /// Gives a connected channel the driver that runs it from now on.
    public func start(_ driver: ConnectionDriver) {
        reactor.preconditionIsCurrent()
        attach(driver)
    }
}

/// A connection belongs to the reactor of the task that opens it. A task elsewhere is a mistake in the program, as
/// `connect` says, which no error at run time would mend.
private func reactorOfCaller() -> Reactor {
    guard let reactor = Reactor.current else { fatalError("connections must be opened on a reactor") }
    return reactor
}
