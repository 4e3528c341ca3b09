import MillpondHTTP
import MillpondNet

/// Where the page comes from that opens a WebSocket: browsers say so in `Origin` (RFC 6455, section 10.2).
///
/// With the public secret any page on the web could sign itself a token and open a connection to a server on the
/// reader's own machine, which nobody else can reach.
enum WebOrigin {
    /// Whether no browser asks, or its page comes from this machine or from the server itself.
    ///
    /// - Parameter trustsNames: whether a page is the server's own when it has the host name that the request has. A
    ///   page from elsewhere can have that as well, by a name that leads to its own server first and here afterwards
    ///   ("DNS rebinding"); not with an address.
    static func isLocal(_ request: borrowing HTTPRequest, trustsNames: Bool) -> Bool {
        guard let origin = request.string(.origin) else { return true }
        return isLocal(origin, host: request.string(.host) ?? "", trustsNames: trustsNames)
    }

    static func isLocal(_ origin: String, host: String, trustsNames: Bool) -> Bool {
        guard let scheme = origin.firstRange(of: "://") else { return false }
        let authority = origin[scheme.upperBound...]
        let name: Substring
        if authority.hasPrefix("[") {
            name = authority.dropFirst().prefix { $0 != "]" }
        } else {
            name = authority.prefix { $0 != ":" }
        }
        if name.lowercased() == "localhost" || name == "::1" || isLoopback(name) { return true }
        guard authority.lowercased() == host.lowercased() else { return false }
        return trustsNames || SocketAddress(host: String(name), port: 0) != nil
    }

    /// Whether it is an address of 127.0.0.0/8, and not a name that begins like one.
    private static func isLoopback(_ name: Substring) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
