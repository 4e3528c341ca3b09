internal import MillpondNet

/// Whose request it is when a reverse proxy may have passed it on.
enum ClientAddress {
    /// The last address in `X-Forwarded-For`, which the proxy has put there, if the peer is the proxy that is trusted;
    /// else the peer's. Addresses before the last are what the client says of itself.
    static func of(peer: String, forwardedFor: String?, trustedProxy: SocketAddress?) -> String {
        guard let trustedProxy, let forwardedFor, let address = SocketAddress(host: peer, port: 0),
            isSame(address, trustedProxy)
        else { return peer }
        let last = forwardedFor.split(separator: ",", omittingEmptySubsequences: false).last ?? ""
        let name = String(last.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
        return SocketAddress(host: name, port: 0) == nil ? peer : name
    }

    private static func isSame(_ left: SocketAddress, _ right: SocketAddress) -> Bool {
        unmapped(left).withPort(0) == unmapped(right).withPort(0)
    }

    /// An address of IPv4 as itself, also when a socket for both kinds has it: `::ffff:a.b.c.d`.
    static func unmapped(_ address: SocketAddress) -> SocketAddress {
        guard case .ipv6(0, let low, let port, _) = address, low >> 32 == 0xFFFF else { return address }
        return .ipv4(UInt32(truncatingIfNeeded: low), port: port)
    }
}
