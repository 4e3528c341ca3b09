/// What two requests must have in common to use the same connection.
public struct HTTPConnectionKey: Hashable, Sendable {
    /// Scheme, host, port and Unix path.
    public let origin: HTTPOrigin
    /// The proxy between; nil for none.
    public let proxy: HTTPProxy?

    public init(origin: HTTPOrigin, proxy: HTTPProxy? = nil) {
        self.origin = origin
        self.proxy = proxy
    }
}
