internal import Glibc
internal import MillpondPools

/// The cookies of a client (RFC 6265, section 5). May be shared by any number of clients and threads.
///
/// Beside RFC 6265 itself it keeps what its successor's draft adds for safety: `Secure` cookies come by https only and
/// are not replaced by http, the prefixes `__Secure-` and `__Host-` mean what they say, and nothing lives longer than
/// 400 days.
public final class CookieJar: Sendable {
    /// Bounds. Beyond them the cookies that were not used for the longest time go, expired ones first.
    public struct Limits: Sendable {
        /// Cookies in all. 3000.
        public var total = 3000
        /// Cookies of one domain. 180.
        public var perDomain = 180
        /// Bytes of one `Cookie` field. 8 KiB, which servers take; beyond, the cookies that were not used for the
        /// longest time are left out.
        public var fieldBytes = 8 << 10

        public init() {}
    }

    private let limits: Limits
    private let isPublicSuffix: @Sendable (String) -> Bool
    private let store = Guarded(CookieStore())

    /// An empty jar.
    ///
    /// - Parameters:
    ///   - limits: how many cookies are kept.
    ///   - isPublicSuffix: whether anybody can have a name right below the given domain, so that nobody may set cookies
    ///     for all of it: `com`, `co.uk`. By default only names without a dot are such; a list is the user's affair.
    public init(
        limits: Limits = Limits(),
        isPublicSuffix: @escaping @Sendable (String) -> Bool = { !$0.utf8.contains(UInt8(ascii: ".")) }
    ) {
        self.limits = limits
        self.isPublicSuffix = isPublicSuffix
    }

    /// Seconds since 1970, by the system's clock.
    public static var now: Int {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec
    }

    /// Takes a `Set-Cookie` field's value from a response.
    ///
    /// - Parameters:
    ///   - field: the value.
    ///   - url: what was requested.
    ///   - now: seconds since 1970.
    /// - Returns: whether the cookie is kept. Not when it is malformed or already expired, when it is for a domain that
    ///   is not the host's own or a public suffix, or when http says what only https may.
    @discardableResult
    public func set(_ field: String, from url: HTTPURL, now: Int = CookieJar.now) -> Bool {
        guard let parsed = SetCookieField(field), let cookie = cookie(parsed, url, now) else { return false }
        return store.withLock { $0.insert(cookie, isFromSecureOrigin: url.scheme == .https, now: now, limits: limits) }
    }

    /// The value of the `Cookie` field for a request; nil when there are no cookies for it.
    public func field(for url: HTTPURL, now: Int = CookieJar.now) -> String? {
        let found = store.withLock { $0.matching(url, now: now, limit: limits.fieldBytes, touches: true) }
        if found.isEmpty { return nil }
        return found.map(\.pair).joined(separator: "; ")
    }

    /// The cookies for a request in the order in which they are sent: longer paths first, then older cookies.
    public func cookies(for url: HTTPURL, now: Int = CookieJar.now) -> [StoredCookie] {
        store.withLock { $0.matching(url, now: now, limit: limits.fieldBytes, touches: false) }
    }

    /// All cookies, oldest first, expired ones too if nothing has removed them yet.
    public var all: [StoredCookie] { store.withLock { $0.all } }

    /// How many there are.
    public var count: Int { store.withLock { $0.count } }

    /// Removes cookies, by default all: the end of a session is `remove { $0.expires == nil }`.
    public func remove(where shouldRemove: (StoredCookie) -> Bool = { _ in true }) {
        store.withLock { $0.remove(where: shouldRemove) }
    }

    /// The cookie that a field stands for, or nil where it must be ignored (sections 5.3 and 5.1.4).
    private func cookie(_ parsed: SetCookieField, _ url: HTTPURL, _ now: Int) -> StoredCookie? {
        // A name that ends in a dot is another host to HTTP, and would get round what is said of suffixes.
        if parsed.domain?.utf8.last == UInt8(ascii: ".") { return nil }
        var domain = parsed.domain
        if let wanted = domain, isPublicSuffix(wanted) {
            guard wanted == url.host else { return nil }
            domain = nil
        }
        if let domain, !CookieMatching.domain(domain, matches: url.host) { return nil }
        if parsed.isSecure, url.scheme != .https { return nil }
        let path = parsed.path ?? CookieMatching.defaultPath(of: url.path)
        // A cookie without a name looks as if its value were name and value (RFC 6265bis, section 5.7).
        let name = (parsed.name.isEmpty ? parsed.value : parsed.name).lowercased()
        if parsed.name.isEmpty, name.hasPrefix("__secure-") || name.hasPrefix("__host-") { return nil }
        if name.hasPrefix("__secure-"), !parsed.isSecure { return nil }
        if name.hasPrefix("__host-"), !parsed.isSecure || domain != nil || parsed.path != "/" { return nil }

        var expires = parsed.expires
        if let age = parsed.maxAge { expires = age <= 0 ? 0 : now &+ min(age, Self.longestAge) }
        return StoredCookie(
            name: parsed.name, value: parsed.value, domain: domain ?? url.host, isHostOnly: domain == nil, path: path,
            expires: expires.map { min($0, now + Self.longestAge) }, isSecure: parsed.isSecure,
            isHTTPOnly: parsed.isHTTPOnly, sameSite: parsed.sameSite)
    }

    /// 400 days in seconds.
    private static let longestAge = 400 * 86400
}
