/// What an ``HTTPClient`` does beside sending requests.
public struct HTTPClientOptions: Sendable {
    /// How many redirects are followed for a request; 0 hands them out as they are. 10.
    public var maximumRedirects = 10
    /// Whether a redirect may lead from https to http.
    public var allowsDowngrade = false
    /// Where cookies are kept; nil, the default, neither keeps nor sends any.
    public var cookies: CookieJar?
    /// Whether requests accept compressed content, which is decompressed as it is read. See
    /// ``HTTPClientRequest/acceptsCompression``, ``TransportOptions/inflateLimits``.
    public var acceptsCompression = true
    /// The proxies that requests without a proxy of their own go through. None unless set, to
    /// ``ProxySettings/fromEnvironment()`` for example.
    public var proxies = ProxySettings()

    public init() {}
}
