/// Where responses lead, for one request of the user's (RFC 9110, section 15.4). A pure state machine: it is told each
/// response and says what to do next.
public struct HTTPRedirects: Sendable {
    /// What a response asks for.
    public enum Decision: Hashable, Sendable {
        /// It is the answer.
        case respond
        /// Another request is to be made.
        case follow(Step)
    }

    /// The next request, by how it differs from the one before.
    public struct Step: Hashable, Sendable {
        /// Where it goes. Without user information, unless the `Location` field had some.
        public let url: HTTPURL
        /// Its method; ``HTTPMethod/other`` stands for the method before.
        public let method: HTTPMethod
        /// Whether it has the same content as before, which then must be sent from its beginning. Otherwise it has
        /// none, and the fields that describe content go too: see ``HTTPRedirects/contentFields``.
        public let keepsContent: Bool
        /// Whether it goes to another host or port, or from https to http: the fields that say who asks stay behind.
        /// See ``HTTPRedirects/credentialFields``.
        public let dropsCredentials: Bool
    }

    /// Fields about content, which go with it. In lower case.
    public static let contentFields: Set<String> = [
        "content-type", "content-length", "content-encoding", "content-language", "content-location", "content-range",
        "content-md5", "content-digest", "repr-digest", "digest", "last-modified", "transfer-encoding", "trailer",
        "expect",
    ]
    /// Fields that say who asks. In lower case.
    public static let credentialFields: Set<String> = [
        "authorization", "cookie", "cookie2", "proxy-authorization", "www-authenticate",
    ]

    /// How many redirects are followed.
    public let limit: Int
    /// Whether a redirect may lead from https to http.
    public let allowsDowngrade: Bool
    /// Where the last request went.
    public private(set) var url: HTTPURL
    /// How many redirects have been followed.
    public private(set) var count = 0
    private var method: HTTPMethod
    private var seen: [String: Int]

    /// Begins with the user's request.
    ///
    /// - Parameters:
    ///   - url: what is asked for first.
    ///   - method: and how.
    ///   - limit: how many redirects are followed; 0 makes each response the answer. 10.
    ///   - allowsDowngrade: whether one may lead from https to http. False.
    public init(url: HTTPURL, method: HTTPMethod, limit: Int = 10, allowsDowngrade: Bool = false) {
        self.url = url
        self.method = method
        self.limit = limit
        self.allowsDowngrade = allowsDowngrade
        seen = [Self.name(method, url): 1]
    }

    /// What to do after a response.
    ///
    /// 301 and 302 turn POST into GET, 303 everything but HEAD; 307 and 308 change nothing. Other statuses, and those
    /// without a `Location`, are answers. A fragment is inherited (RFC 9110, section 10.2.2).
    ///
    /// - Throws: ``HTTPRedirectError``: more redirects than the limit, the same request for the third time (for the
    ///   second it may be that a cookie was set), a `Location` that is no http URL, https to http.
    public mutating func next(status: HTTPStatus, location: String?) throws(HTTPRedirectError) -> Decision {
        guard let location, limit > 0 else { return .respond }
        let next: HTTPMethod
        switch status.code {
        case 301, 302: next = method == .post ? .get : method
        case 303: next = method == .head ? .head : .get
        case 307, 308: next = method
        default: return .respond
        }
        var target: HTTPURL
        do {
            target = try url.resolving(location)
        } catch {
            throw HTTPRedirectError(.invalidLocation, url, cause: error)
        }
        // A relative location does not repeat the name and password either: the request's fields have them.
        if target.hasSameOrigin(as: url), target.userInfo == url.userInfo { target.userInfo = nil }
        if target.fragment == nil { target.fragment = url.fragment }
        let isDowngrade = url.scheme == .https && target.scheme == .http
        if isDowngrade, !allowsDowngrade { throw HTTPRedirectError(.downgrade, target) }
        guard count < limit else { throw HTTPRedirectError(.tooMany, target, limit: limit) }
        let times = seen[Self.name(next, target), default: 0]
        guard times < 2 else { throw HTTPRedirectError(.loop, target) }
        seen[Self.name(next, target)] = times + 1

        let keepsContent = status.code == 307 || status.code == 308 || (next == method && status.code != 303)
        let step = Step(
            url: target, method: next, keepsContent: keepsContent,
            dropsCredentials: isDowngrade || !(target.hasSameOrigin(as: url) || isUpgrade(to: target)))
        count += 1
        url = target
        method = next
        return .follow(step)
    }

    /// From http to https on the same host, each on its usual port: as trustworthy as before, or more.
    private func isUpgrade(to target: HTTPURL) -> Bool {
        url.scheme == .http && target.scheme == .https && url.host == target.host && url.port == 80
            && target.port == 443
    }

    private static func name(_ method: HTTPMethod, _ url: HTTPURL) -> String { "\(method) \(url.absoluteForm)" }
}
