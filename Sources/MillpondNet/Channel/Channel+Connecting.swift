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
        guard let reactor = Reactor.current else { fatalError("Channel.connect must be called on a reactor") }
        try Task.checkCancellation()
        let descriptor = mp_socket(address.family)
        guard descriptor >= 0 else { throw IOError.system(errno: errno, operation: "socket") }
        let limits = ChannelLimits(options)
        if let size = limits.socketBufferSize {
            _ = mp_set_option(descriptor, SOL_SOCKET, SO_SNDBUF, Int32(clamping: size))
            _ = mp_set_option(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(clamping: size))
        }
        _ = mp_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        let channel = Channel(reactor: reactor, descriptor: descriptor, limits: limits)
        do {
            let result = unsafe try address.withSockaddr { pointer, length in
                unsafe Glibc.connect(descriptor, pointer, length)
            }
            let code = errno
            // A Unix socket whose queue is full says EAGAIN and reports nothing later: an error like any other.
            guard result == 0 || code == EINPROGRESS else {
                throw IOError.system(errno: code, operation: "connect", subject: "\(address)")
            }
            if result == 0 { channel.state.insert(.writable) } else { channel.state.insert(.connecting) }
            try channel.register()
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        if channel.state.contains(.connecting) { try await channel.finishConnecting(to: address, timeout: timeout) }
        return channel
    }

    /// Connects to the first of a host's addresses that answers. One that refuses passes the turn to the next, and so
    /// does one that stays silent for its share of the time. The calling task must run on a reactor, to which the
    /// connection will belong.
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
        return try await connect(toOneOf: addresses, until: end, options: options)
    }

    /// Tries one after the other, each with an equal share of the time that is left.
    static func connect(
        toOneOf addresses: [SocketAddress], until end: ContinuousClock.Instant, options: ChannelOptions
    ) async throws -> Channel {
        var failure = IOError.timedOut
        for (index, address) in addresses.enumerated() {
            let left = ContinuousClock.now.duration(to: end)
            if left <= .zero { break }
            do {
                return try await connect(to: address, timeout: left / (addresses.count - index), options: options)
            } catch let error as IOError {
                failure = error
            }
        }
        throw failure
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
        let code = mp_socket_error(id.descriptor)
        if code != 0 {
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
