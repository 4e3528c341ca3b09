import MillpondHTTP
import MillpondNet
import MillpondPools

/// How long the connections took that were opened: what a transport's own times do not tell apart.
final class GetDials: Sendable {
    /// The phases of a dial.
    struct Times: Sendable {
        var resolve = Duration.zero
        var connect = Duration.zero
    }

    private let times = Guarded<[HTTPConnectionKey: [Times]]>([:])

    /// Connects as ``Transport/connect(_:_:)`` does, and notes the time of each phase.
    func connect(_ key: HTTPConnectionKey, _ options: TransportOptions) async throws -> Channel {
        let peer = key.proxy?.origin ?? key.origin
        guard key.origin.scheme == .http, peer.scheme == .http else { throw HTTPClientError.unsupportedScheme }
        let start = ContinuousClock.now
        let addresses = try await Resolver.resolve(host: peer.host, port: peer.port, timeout: options.dialTimeout)
        let resolve = start.duration(to: .now)
        let channel = try await Channel.connect(
            toOneOf: addresses, timeout: options.dialTimeout - resolve, options: options.channel)
        let noted = Times(resolve: resolve, connect: start.duration(to: .now) - resolve)
        times.withLock { $0[key, default: []].append(noted) }
        return channel
    }

    /// The times of a connection that has just carried its first request. Of several to one server, one's.
    func take(_ key: HTTPConnectionKey) -> Times {
        times.withLock { times in
            guard let first = times[key]?.first else { return Times() }
            times[key]?.removeFirst()
            return first
        }
    }
}
