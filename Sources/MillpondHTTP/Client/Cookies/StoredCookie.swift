/// A cookie as a client keeps it (RFC 6265, section 5.3).
public struct StoredCookie: Hashable, Sendable {
    /// When a browser would send it with requests that other sites cause. Kept for the user; a client without a notion
    /// of sites sends all.
    public enum SameSite: Hashable, Sendable {
        case none, lax, strict
    }

    public internal(set) var name: String
    public internal(set) var value: String
    /// The host, or the domain whose hosts get it; in lower case, without a leading dot.
    public internal(set) var domain: String
    /// Whether only the host that set it gets it.
    public internal(set) var isHostOnly: Bool
    /// Requests for this path and what lies below it get it.
    public internal(set) var path: String
    /// Seconds since 1970; nil for a cookie of this session.
    public internal(set) var expires: Int?
    /// Whether it is sent by https only.
    public internal(set) var isSecure: Bool
    /// Whether scripts should not see it. Kept for the user.
    public internal(set) var isHTTPOnly: Bool
    /// As the server said; nil when it said nothing.
    public internal(set) var sameSite: SameSite?

    /// The order in which cookies were set, and last sent.
    var creation: UInt64 = 0
    var access: UInt64 = 0

    /// What a `Cookie` field says of it.
    var pair: String { name.isEmpty ? value : "\(name)=\(value)" }

    /// Whether it is over at a time, in seconds since 1970.
    public func isExpired(at now: Int) -> Bool { expires.map { $0 <= now } ?? false }
}
