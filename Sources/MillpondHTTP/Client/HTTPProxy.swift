/// A proxy that requests go through.
///
/// A request for `http` is sent to the proxy with its whole URL as the target (RFC 9112, section 3.2.2). One for `https`
/// needs a tunnel, which the transport's connector opens.
public struct HTTPProxy: Hashable, Sendable {
    /// Where the proxy listens.
    public var origin: HTTPOrigin
    /// The value of `Proxy-Authorization`; nil for none.
    public var authorization: String?

    public init(_ origin: HTTPOrigin, authorization: String? = nil) {
        self.origin = origin
        self.authorization = authorization
    }
}
