internal import MillpondNet

/// The hosts that no proxy stands before: the value of `no_proxy`, entries with commas or blanks between them.
///
/// | entry | meaning |
/// |---|---|
/// | `*` | every host |
/// | `example.com` | that host and those below it |
/// | `.example.com`, `*.example.com` | those below it |
/// | `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]` | that address |
/// | `192.0.2.0/24`, `2001:db8::/32` | the addresses of that network |
///
/// An entry other than a network may end with `:port`, and then counts for that port alone. Names are compared without
/// regard to case, and never looked up. An entry that is none of these is the name of no host, and matches nothing.
public struct ProxyExceptions: Sendable, Hashable {
    enum Rule: Sendable, Hashable {
        case all
        case name(String, includesItself: Bool, port: UInt16?)
        case network(SocketAddress, prefix: Int, port: UInt16?)
    }

    let rules: [Rule]

    /// Reads a list.
    public init(_ list: String) {
        rules = list.split { $0 == "," || $0 == " " || $0 == "\t" }.compactMap(Self.rule)
    }

    /// Whether a host is spoken to directly.
    ///
    /// - Parameters:
    ///   - host: a name, or an address without brackets.
    ///   - port: the server's port.
    public func contains(host: String, port: UInt16) -> Bool {
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let address = SocketAddress(host: name, port: 0)
        return rules.contains { rule in
            switch rule {
            case .all: return true
            case .name(let domain, let includesItself, let only):
                guard address == nil, only == nil || only == port else { return false }
                return name == domain ? includesItself : name.hasSuffix(".\(domain)")
            case .network(let network, let prefix, let only):
                guard let address, only == nil || only == port else { return false }
                return Self.isSame(network, address, bits: prefix)
            }
        }
    }

    private static func rule(_ entry: Substring) -> Rule? {
        if entry == "*" { return .all }
        if let slash = entry.firstIndex(of: "/") {
            guard let network = SocketAddress(host: String(entry[..<slash]), port: 0),
                let bits = Int(entry[entry.index(after: slash)...]), bits >= 0, bits <= width(network)
            else { return nil }
            return .network(network, prefix: bits, port: nil)
        }
        if let address = SocketAddress(host: String(entry), port: 0) {
            return .network(address, prefix: width(address), port: nil)
        }
        var host = entry
        var port: UInt16?
        if let colon = entry.lastIndex(of: ":") {
            guard let number = UInt16(entry[entry.index(after: colon)...]) else { return nil }
            port = number
            host = entry[..<colon]
        }
        if let address = SocketAddress(host: String(host), port: 0) {
            return .network(address, prefix: width(address), port: port)
        }
        var name = host.lowercased()
        if name.hasPrefix("*.") { name.removeFirst() }
        let includesItself = !name.hasPrefix(".")
        if !includesItself { name.removeFirst() }
        if name.hasSuffix(".") { name.removeLast() }
        return name.isEmpty ? nil : .name(name, includesItself: includesItself, port: port)
    }

    private static func width(_ address: SocketAddress) -> Int {
        if case .ipv4 = address { 32 } else { 128 }
    }

    private static func isSame(_ left: SocketAddress, _ right: SocketAddress, bits: Int) -> Bool {
        switch (left, right) {
        case (.ipv4(let a, _), .ipv4(let b, _)): bits == 0 || (a ^ b) >> (32 - bits) == 0
        case (.ipv6(let highA, let lowA, _, _), .ipv6(let highB, let lowB, _, _)):
            // A shift by the whole width gives zero.
            (highA ^ highB) >> max(0, 64 - bits) == 0 && (lowA ^ lowB) >> min(64, 128 - bits) == 0
        default: false
        }
    }
}
