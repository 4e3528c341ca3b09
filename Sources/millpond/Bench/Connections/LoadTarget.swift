import Glibc
import MillpondIO
import MillpondNet
import MillpondWebSocket

/// The server that a load goes to, ready to be connected to often: the one of its host's addresses that answers.
final class LoadTarget: Sendable {
    let address: BenchAddress
    private let socketAddress: SocketAddress
    private let connector: Connector
    private let dialer: WebSocketDialer
    private let connectTimeout: Double

    private init(_ address: BenchAddress, at socketAddress: SocketAddress, within seconds: Double) throws {
        self.address = address
        self.socketAddress = socketAddress
        connectTimeout = seconds
        connector = Connector(address: socketAddress, timeout: .seconds(seconds), options: Self.channelOptions)
        var request = WebSocketClient.Request(address.url)
        request.timeout = .seconds(seconds)
        request.channel = Self.channelOptions
        request.options.idleTimeout = Self.channelOptions.readTimeout
        dialer = try WebSocketDialer(request, address: socketAddress)
    }

    /// Answers have a deadline of their own.
    private static var channelOptions: ChannelOptions {
        var options = ChannelOptions()
        options.readTimeout = .seconds(24 * 3600)
        return options
    }

    /// Looks the host up; where it has several addresses, one connection finds out which of them answers.
    static func find(_ address: BenchAddress, for run: LoadRun) async throws -> LoadTarget {
        let seconds = run.timeouts.connect
        return try await run.group.reactors[0].run {
            let url = address.url
            let all = try await Resolver.resolve(host: url.host, port: url.port, timeout: .seconds(seconds))
            var found = all[0]
            if all.count > 1 {
                do {
                    let channel = try await Channel.connect(toOneOf: all, timeout: .seconds(seconds))
                    found = channel.remoteAddress ?? found
                    channel.close()
                } catch let error as IOError {
                    throw LoadError(connecting: error, within: seconds)
                }
            }
            return try LoadTarget(address, at: found, within: seconds)
        }
    }

    /// A TCP connection. On the reactor that it is to live on.
    func connect() async throws -> Channel {
        do {
            return try await Channel.connect(
                to: socketAddress, timeout: .seconds(connectTimeout), options: Self.channelOptions)
        } catch let error as IOError {
            throw named(error)
        }
    }

    /// Begins to open a link, in the framing that the address says, whose receiver is told what comes of it. On the
    /// reactor that it is to live on.
    // Any of the two framings: which, only the address says; the receivers are of several kinds as well.
    func open(for receiver: any MessageReceiver) throws(LoadError) -> any MessageLink {
        do throws(IOError) {
            if address.scheme == .tcp {
                return try connector.open { StreamLink(channel: $0, receiver: receiver, target: self) }
            }
            let link = WebSocketLink(receiver: receiver, target: self)
            link.socket = try dialer.open(handler: link)
            return link
        } catch {
            throw named(error)
        }
    }

    func named(_ reason: CloseReason) -> LoadError { named(connector.error(for: reason)) }

    /// Says which deadline passed, and what to do when the machine has no port left.
    func named(_ error: any Error) -> LoadError {
        switch error {
        case let error as IOError: LoadError(connecting: error, within: connectTimeout)
        case let error as WebSocketError where error.code == .timedOut:
            LoadError("no answer to the WebSocket handshake within \(connectTimeout.short) s (--connect-timeout)")
        case let error as WebSocketError where error.code == .invalidResponse:
            LoadError("the answer to the WebSocket handshake is none: no WebSocket server?")
        case let error as WebSocketError where error.code == .rejected:
            LoadError("the WebSocket handshake was answered with status \(error.status)")
        default: LoadError("\(error)")
        }
    }
}

extension LoadError {
    fileprivate init(connecting error: IOError, within seconds: Double) {
        if error.code == .timedOut {
            self.init("no connection within \(seconds.short) s (--connect-timeout)")
        } else if error.errno == EADDRNOTAVAIL {
            self.init("\(error): no local port is left (net.ipv4.ip_local_port_range), use fewer connections")
        } else {
            self.init("\(error)")
        }
    }
}
