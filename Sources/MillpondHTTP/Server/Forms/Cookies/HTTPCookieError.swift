/// A cookie that can't be set as the handler wants it. Thrown before anything is sent.
public struct HTTPCookieError: Error, Hashable, Sendable, CustomStringConvertible {
    enum Code: Sendable { case name, value, path, domain, expires, prefix, sameSite, partitioned, tooLarge }

    let code: Code

    init(_ code: Code) { self.code = code }

    /// The name is not a token.
    public static var name: HTTPCookieError { HTTPCookieError(.name) }
    /// The value has blanks, quotes, commas, semicolons, backslashes, or what is not visible ASCII.
    public static var value: HTTPCookieError { HTTPCookieError(.value) }
    /// The path does not begin with a slash, or has semicolons or control characters.
    public static var path: HTTPCookieError { HTTPCookieError(.path) }
    /// The domain is not the name of a host.
    public static var domain: HTTPCookieError { HTTPCookieError(.domain) }
    /// The moment is not in the years 1970 to 9999.
    public static var expires: HTTPCookieError { HTTPCookieError(.expires) }
    /// The name begins with `__Secure-` or `__Host-`, and the attributes are not as that promises.
    public static var prefix: HTTPCookieError { HTTPCookieError(.prefix) }
    /// `SameSite=None` without `Secure`, which browsers drop.
    public static var sameSite: HTTPCookieError { HTTPCookieError(.sameSite) }
    /// `Partitioned` without `Secure`, which browsers drop.
    public static var partitioned: HTTPCookieError { HTTPCookieError(.partitioned) }
    /// Name and value have more than 4096 bytes, or an attribute more than 1024, which browsers drop.
    public static var tooLarge: HTTPCookieError { HTTPCookieError(.tooLarge) }

    /// A few words of low cardinality.
    public var description: String {
        switch code {
        case .name: "invalid name of a cookie"
        case .value: "invalid value of a cookie"
        case .path: "invalid path of a cookie"
        case .domain: "invalid domain of a cookie"
        case .expires: "cookie expires outside the years 1970 to 9999"
        case .prefix: "cookie does not keep the promise of its name's prefix"
        case .sameSite: "cookie for all sites that is not secure"
        case .partitioned: "partitioned cookie that is not secure"
        case .tooLarge: "cookie too large"
        }
    }
}
