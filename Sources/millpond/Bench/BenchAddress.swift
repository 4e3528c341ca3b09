import Glibc
import MillpondIO
import MillpondNet
import MillpondWebSocket

/// Where a load goes: what was said with `-a`, taken apart and checked before anything is opened.
struct BenchAddress: Sendable, CustomStringConvertible {
    enum Scheme: String {
        case ws, tcp, http

        var example: String {
            switch self {
            case .ws: "ws://localhost:8000"
            case .tcp: "tcp://localhost:8001"
            case .http: "http://localhost:8080/"
            }
        }
    }

    /// What can talk to a chat server.
    static let chatSchemes: [Scheme] = [.ws, .tcp]

    let description: String
    let scheme: Scheme
    /// Its parts: those of a `ws:` URL, whatever the scheme.
    let url: WebSocketURL

    /// - Parameter kind: the kind of load, for the line that says what it takes.
    init(_ text: String, kind: String, schemes: [Scheme]) throws(CommandFailure) {
        func refusal(_ reason: String) -> CommandFailure {
            let examples = schemes.map(\.example).joined(separator: " or ")
            return CommandFailure("-a \(text): \(reason); bench \(kind) takes \(examples)")
        }
        guard let mark = text.firstRange(of: "://") else { throw refusal("an address without a scheme") }
        let name = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...]
        guard let scheme = Scheme(rawValue: name) else { throw refusal("unknown scheme \(name)://") }
        guard schemes.contains(scheme) else { throw refusal("\(name):// is not for this kind of load") }
        if scheme == .tcp {
            if rest.contains(where: { $0 == "/" || $0 == "?" }) { throw refusal("a tcp:// address has no path") }
            // What follows the last bracket or is the whole: in an IPv6 address there are other colons.
            let tail = rest.lastIndex(of: "]").map { rest[$0...] } ?? rest
            guard let colon = tail.lastIndex(of: ":"), tail.index(after: colon) < tail.endIndex else {
                throw refusal("a tcp:// address needs a port")
            }
        }
        do {
            url = try WebSocketURL("ws://" + rest)
        } catch {
            throw refusal("its host or port can't be used")
        }
        self.scheme = scheme
        description = text
    }

    /// A TCP connection to the first of the host's addresses that answers. On the reactor that it is to live on.
    func connect(within seconds: Double) async throws -> Channel {
        var channelOptions = ChannelOptions()
        // Answers have a deadline of their own.
        channelOptions.readTimeout = .seconds(24 * 3600)
        return try await Self.named(seconds) {
            try await Channel.connect(
                host: url.host, port: url.port, timeout: .seconds(seconds), options: channelOptions)
        }
    }

    /// A WebSocket connection. On the reactor that it is to live on.
    // Any handler, as `WebSocketClient` takes it: it is called once for a message.
    func connect(_ handler: any WebSocketHandler, within seconds: Double) async throws -> WebSocket {
        var request = WebSocketClient.Request(url)
        request.timeout = .seconds(seconds)
        request.options.idleTimeout = .seconds(24 * 3600)
        let final = request
        return try await Self.named(seconds) { try await WebSocketClient.connect(final, handler: handler) }
    }

    /// Says which deadline passed, and what to do when the machine has no port left.
    private static func named<Result>(_ seconds: Double, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as IOError where error.code == .timedOut {
            throw LoadError("no connection within \(seconds.short) s (--connect-timeout)")
        } catch let error as WebSocketError where error.code == .timedOut {
            throw LoadError(
                "no answer to the WebSocket handshake within \(seconds.short) s (--connect-timeout)")
        } catch let error as WebSocketError where error.code == .invalidResponse {
            throw LoadError("the answer to the WebSocket handshake is none: no WebSocket server?")
        } catch let error as WebSocketError where error.code == .rejected {
            throw LoadError("the WebSocket handshake was answered with status \(error.status)")
        } catch let error as IOError where error.errno == EADDRNOTAVAIL {
            throw LoadError("\(error): no local port is left (net.ipv4.ip_local_port_range), use fewer connections")
        }
    }
}

/// Why a connection or a request of the load failed.
struct LoadError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
