internal import Glibc
internal import MillpondNet

/// Which requests go through which proxy, as the environment says.
///
/// | variable | meaning |
/// |---|---|
/// | `http_proxy`, `HTTP_PROXY` | the proxy for http |
/// | `https_proxy`, `HTTPS_PROXY` | the proxy for https |
/// | `no_proxy`, `NO_PROXY` | which hosts are spoken to directly: see ``ProxyExceptions`` |
///
/// The lower-case variable wins. `HTTP_PROXY` counts for nothing in a CGI program, where a request's `Proxy` field
/// could set it. `localhost` and the loopback addresses are always spoken to directly.
public struct ProxySettings: Sendable, Equatable {
    /// The proxy for http; nil for none.
    public var http: HTTPURL?
    /// The proxy for https; nil for none.
    public var https: HTTPURL?
    /// The hosts that are spoken to directly.
    public var exceptions: ProxyExceptions

    /// - Parameters:
    ///   - http: the proxy for http; nil for none.
    ///   - https: the proxy for https; nil for none.
    ///   - exceptions: the hosts that are spoken to directly.
    public init(http: HTTPURL? = nil, https: HTTPURL? = nil, exceptions: ProxyExceptions = ProxyExceptions("")) {
        self.http = http
        self.https = https
        self.exceptions = exceptions
    }

    /// As the process's environment says.
    ///
    /// - Throws: ``ProxySettingsError`` for a proxy that cannot be used: guessing would send requests elsewhere.
    public static func fromEnvironment() throws(ProxySettingsError) -> ProxySettings {
        try ProxySettings { name in
            // Sound: nobody sets variables while they are read, as everywhere where there are threads.
            guard let text = unsafe getenv(name) else { return nil }
            return unsafe String(cString: text)
        }
    }

    /// As an environment says.
    ///
    /// - Parameter variable: the value of an environment variable; nil for one that is not set.
    /// - Throws: as ``fromEnvironment()``.
    public init(environment variable: (String) -> String?) throws(ProxySettingsError) {
        let isCGI = variable("REQUEST_METHOD") != nil
        let httpNames = isCGI ? ["http_proxy"] : ["http_proxy", "HTTP_PROXY"]
        http = try Self.first(httpNames, variable).map(Self.proxy)
        https = try Self.first(["https_proxy", "HTTPS_PROXY"], variable).map(Self.proxy)
        exceptions = ProxyExceptions(Self.first(["no_proxy", "NO_PROXY"], variable)?.value ?? "")
    }

    /// The first variable that is set and not empty.
    private static func first(
        _ names: [String], _ variable: (String) -> String?
    ) -> (value: String, variable: String)? {
        for name in names {
            if let value = variable(name), !value.isEmpty { return (value, name) }
        }
        return nil
    }

    /// `http://host:port`, or the same without `http://`.
    private static func proxy(_ setting: (value: String, variable: String)) throws(ProxySettingsError) -> HTTPURL {
        let text = setting.value
        do throws(HTTPURLError) {
            let url = try HTTPURL(text.utf8.firstRange(of: "://".utf8) == nil ? "http://\(text)" : text)
            guard url.scheme == .http else { throw HTTPURLError(.unsupportedScheme, url.scheme.description) }
            return url
        } catch {
            throw ProxySettingsError(variable: setting.variable, cause: error)
        }
    }

    /// The proxy for a request; nil when it goes directly.
    public func proxy(for url: HTTPURL) -> HTTPURL? {
        guard let proxy = url.scheme == .http ? http : https else { return nil }
        let host = url.host.hasSuffix(".") ? url.host.dropLast() : url.host[...]
        if host == "localhost" || host.hasSuffix(".localhost") { return nil }
        if let address = SocketAddress(host: url.host, port: url.port), address.isLoopback { return nil }
        return exceptions.contains(host: url.host, port: url.port) ? nil : proxy
    }
}
