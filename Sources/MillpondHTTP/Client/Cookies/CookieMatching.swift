internal import MillpondNet

/// Which hosts and paths a cookie is for (RFC 6265, sections 5.1.3 and 5.1.4).
enum CookieMatching {
    /// Whether `host` is the domain or lies below it. Addresses have no domains.
    static func domain(_ domain: String, matches host: String) -> Bool {
        if host == domain { return true }
        return host.hasSuffix(domain) && host.utf8.dropLast(domain.utf8.count).last == UInt8(ascii: ".")
            && SocketAddress(host: host, port: 0) == nil
    }

    /// Whether a request's path is the cookie's or lies below it.
    static func path(_ path: String, matches requested: String) -> Bool {
        guard requested.utf8.starts(with: path.utf8) else { return false }
        if requested.utf8.count == path.utf8.count || path.utf8.last == UInt8(ascii: "/") { return true }
        return requested.utf8.dropFirst(path.utf8.count).first == UInt8(ascii: "/")
    }

    /// The directory of a request's path: what a cookie without a path of its own is for.
    static func defaultPath(of requested: String) -> String {
        guard let slash = requested.utf8.lastIndex(of: UInt8(ascii: "/")), slash != requested.startIndex else {
            return "/"
        }
        return String(requested[..<slash])
    }
}
