internal import MillpondNet

/// What a request is sent to: scheme, host and port, and where its server listens if that is a Unix socket.
public struct HTTPOrigin: Sendable {
    /// How the server is spoken to.
    public enum Scheme: UInt8, Hashable, Sendable, CustomStringConvertible {
        /// In clear text.
        case http
        /// Over TLS, which needs a connector that speaks it.
        case https

        /// The port where none is named.
        public var defaultPort: UInt16 { self == .http ? 80 : 443 }
        public var description: String { self == .http ? "http" : "https" }
    }

    /// How the server is spoken to.
    public let scheme: Scheme
    /// A name, or an address without brackets; in lower case.
    public let host: String
    /// The port, the scheme's own where none was named.
    public let port: UInt16
    /// The path of the Unix socket that the server listens on; nil for TCP.
    public let unixPath: String?
    /// What the `Host` field says: the host, in brackets where it is an IPv6 address, and the port unless it is the
    /// scheme's own.
    public let authority: String

    /// - Parameters:
    ///   - scheme: the protocol.
    ///   - host: a name, or an address with or without brackets. As strict as ``HTTPURL`` is.
    ///   - port: nil for the scheme's own.
    ///   - unixPath: connects to this Unix socket instead; `host` still goes into `Host`.
    /// - Throws: ``HTTPClientError/invalidURL(_:)``.
    public init(
        scheme: Scheme = .http, host: String, port: UInt16? = nil, unixPath: String? = nil
    ) throws(HTTPClientError) {
        let isBare6 = host.utf8.contains(UInt8(ascii: ":")) && host.utf8.first != UInt8(ascii: "[")
        let parts: URLAuthority
        do throws(HTTPURLError) {
            parts = try URLAuthority(Array((isBare6 ? "[\(host)]" : host).utf8)[...])
        } catch {
            throw .invalidURL(error)
        }
        guard parts.userInfo == nil, parts.port == nil, host.utf8.last != UInt8(ascii: ":") || isBare6, port != 0 else {
            throw .invalidURL("host or port")
        }
        let name = parts.host
        var authority = name.utf8.contains(UInt8(ascii: ":")) ? "[\(name)]" : name
        if let port, port != scheme.defaultPort { authority += ":\(port)" }
        self.scheme = scheme
        self.host = name
        self.port = port ?? scheme.defaultPort
        self.unixPath = unixPath
        self.authority = authority
    }

    /// A server that listens on a Unix socket, by the name of `localhost`.
    public static func unix(path: String) -> HTTPOrigin {
        HTTPOrigin(unixPath: path)
    }

    /// Where a URL leads to.
    public init(_ url: HTTPURL) {
        scheme = url.scheme
        host = url.host
        port = url.port
        unixPath = nil
        authority = url.authority
    }

    private init(unixPath: String) {
        scheme = .http
        host = "localhost"
        port = 80
        self.unixPath = unixPath
        authority = "localhost"
    }
}

extension HTTPOrigin: Hashable, CustomStringConvertible {
    public static func == (left: HTTPOrigin, right: HTTPOrigin) -> Bool {
        left.port == right.port && left.scheme == right.scheme && left.host == right.host
            && left.unixPath == right.unixPath
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(scheme)
        hasher.combine(port)
        hasher.combine(host)
        hasher.combine(unixPath)
    }

    /// `http://host:port`
    public var description: String { "\(scheme)://\(authority)" }
}
