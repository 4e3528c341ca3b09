/// The cookies of a jar, by domain.
struct CookieStore {
    private var byDomain: [String: [StoredCookie]] = [:]
    private(set) var count = 0
    /// Counts insertions and look-ups: what the order of creation and of use is told by.
    private var tick: UInt64 = 0

    var all: [StoredCookie] { byDomain.values.joined().sorted { $0.creation < $1.creation } }

    /// Puts a cookie in the place of the one with its name, domain and path; an expired one only removes that.
    mutating func insert(
        _ cookie: StoredCookie, isFromSecureOrigin: Bool, now: Int, limits: CookieJar.Limits
    ) -> Bool {
        var cookie = cookie
        tick += 1
        cookie.creation = tick
        cookie.access = tick
        if !isFromSecureOrigin, isShadowed(cookie) { return false }
        if let old = byDomain[cookie.domain]?.firstIndex(where: { Self.isSame($0, cookie) }) {
            cookie.creation = byDomain[cookie.domain]?[old].creation ?? tick
            take(cookie.domain, at: old)
        }
        if cookie.isExpired(at: now) { return false }
        byDomain[cookie.domain, default: []].append(cookie)
        count += 1
        makeRoom(in: cookie.domain, now: now, limits: limits)
        return true
    }

    /// The cookies for a request, in the order of section 5.4: the last used ones, of which a field has at most so many
    /// bytes.
    mutating func matching(_ url: HTTPURL, now: Int, limit: Int, touches: Bool) -> [StoredCookie] {
        var found: [(cookie: StoredCookie, index: Int)] = []
        for domain in Self.domains(of: url.host) {
            guard let cookies = byDomain[domain] else { continue }
            for (index, cookie) in cookies.enumerated() {
                guard !cookie.isExpired(at: now), !cookie.isSecure || url.scheme == .https,
                    cookie.isHostOnly ? cookie.domain == url.host : true,
                    CookieMatching.domain(cookie.domain, matches: url.host),
                    CookieMatching.path(cookie.path, matches: url.path)
                else { continue }
                found.append((cookie, index))
            }
        }
        Self.limit(&found, bytes: limit)
        if touches {
            tick += 1
            for (cookie, index) in found { byDomain[cookie.domain]?[index].access = tick }
        }
        return found.map(\.cookie).sorted { left, right in
            let (a, b) = (left.path.utf8.count, right.path.utf8.count)
            return a == b ? left.creation < right.creation : a > b
        }
    }

    private static func limit(_ found: inout [(cookie: StoredCookie, index: Int)], bytes: Int) {
        let size = { (cookie: StoredCookie) in cookie.pair.utf8.count + 2 }
        var sum = found.reduce(-2) { $0 + size($1.cookie) }
        if sum <= bytes { return }
        found.sort { ($0.cookie.access, $0.cookie.creation) > ($1.cookie.access, $1.cookie.creation) }
        while sum > bytes, let oldest = found.popLast() { sum -= size(oldest.cookie) }
    }

    mutating func remove(where shouldRemove: (StoredCookie) -> Bool) {
        for domain in Array(byDomain.keys) {
            guard var cookies = byDomain[domain] else { continue }
            let before = cookies.count
            cookies.removeAll(where: shouldRemove)
            count -= before - cookies.count
            byDomain[domain] = cookies.isEmpty ? nil : cookies
        }
    }

    private static func isSame(_ left: StoredCookie, _ right: StoredCookie) -> Bool {
        left.name == right.name && left.path == right.path && left.isHostOnly == right.isHostOnly
    }

    /// Whether a `Secure` cookie of this name would be hidden or replaced by one that came by http.
    private func isShadowed(_ cookie: StoredCookie) -> Bool {
        byDomain.contains { domain, cookies in
            (CookieMatching.domain(domain, matches: cookie.domain)
                || CookieMatching.domain(cookie.domain, matches: domain))
                && cookies.contains {
                    $0.isSecure && $0.name == cookie.name && CookieMatching.path($0.path, matches: cookie.path)
                }
        }
    }

    private mutating func take(_ domain: String, at index: Int) {
        byDomain[domain]?.remove(at: index)
        if byDomain[domain]?.isEmpty == true { byDomain[domain] = nil }
        count -= 1
    }

    private mutating func makeRoom(in domain: String, now: Int, limits: CookieJar.Limits) {
        if count <= limits.total, byDomain[domain]?.count ?? 0 <= limits.perDomain { return }
        remove { $0.isExpired(at: now) }
        while let cookies = byDomain[domain], cookies.count > limits.perDomain,
            let oldest = cookies.indices.min(by: { cookies[$0].access < cookies[$1].access })
        {
            take(domain, at: oldest)
        }
        while count > limits.total {
            let oldest = byDomain.compactMap { domain, cookies in
                cookies.indices.min { cookies[$0].access < cookies[$1].access }.map { (domain, $0, cookies[$0].access) }
            }.min { $0.2 < $1.2 }
            guard let oldest else { return }
            take(oldest.0, at: oldest.1)
        }
    }

    /// The host and every domain that it lies below.
    private static func domains(of host: String) -> [String] {
        var domains = [host]
        var rest = host[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if !rest.isEmpty { domains.append(String(rest)) }
        }
        return domains
    }
}
