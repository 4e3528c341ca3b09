import MillpondHTTP

/// Where the page comes from that opens a WebSocket: browsers say so in `Origin` (RFC 6455, section 10.2).
///
/// With the public secret any page on the web could sign itself a token and open a connection to a server on the
/// reader's own machine, which nobody else can reach.
enum WebOrigin {
    /// Whether no browser asks, or its page comes from this machine or from the server itself.
    static func isLocal(_ request: borrowing HTTPRequest) -> Bool {
        guard let origin = request.string(.origin) else { return true }
        return isLocal(origin, host: request.string(.host) ?? "")
    }

    static func isLocal(_ origin: String, host: String) -> Bool {
        guard let scheme = origin.firstRange(of: "://") else { return false }
        let authority = origin[scheme.upperBound...]
        if authority.lowercased() == host.lowercased() { return true }
        let name: Substring
        if authority.hasPrefix("[") {
            name = authority.dropFirst().prefix { $0 != "]" }
        } else {
            name = authority.prefix { $0 != ":" }
        }
        return name.lowercased() == "localhost" || name == "::1" || isLoopback(name)
    }

    /// Whether it is an address of 127.0.0.0/8, and not a name that begins like one.
    private static func isLoopback(_ name: Substring) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
