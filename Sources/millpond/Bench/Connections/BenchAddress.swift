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
    /// Where `millpond serve` listens unless it is told otherwise.
    static let chatDefault = Scheme.ws.example

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
}

/// Why a connection or a request of the load failed.
struct LoadError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
