/// The parts of a `ws:` URL (RFC 6455, section 3).
public struct WebSocketURL: Equatable, Sendable {
    /// A name or address, without the brackets of IPv6.
    public let host: String
    public let port: UInt16
    /// Path and query, never empty.
    public let target: String
    /// What the `Host` field says: with brackets, and with the port unless it is the usual one.
    public let authority: String

    /// Takes a URL apart. `wss:` is not supported yet.
    ///
    /// - Throws: `invalidURL`.
    public init(_ text: String) throws(WebSocketError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#"),
            text.prefix(5).lowercased() == "ws://"
        else { throw .invalidURL }
        let rest = text.dropFirst(5)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        let target = rest[end...]
        if authority.contains("@") { throw .invalidURL }
        self.target = target.first == "/" ? String(target) : "/" + target

        var host = authority
        var portText: Substring?
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { throw .invalidURL }
            host = authority[authority.index(after: authority.startIndex)..<close]
            let after = authority[authority.index(after: close)...]
            if !after.isEmpty {
                guard after.first == ":" else { throw .invalidURL }
                portText = after.dropFirst()
            }
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, authority.first == "[" || !host.contains(":") else { throw .invalidURL }
        self.host = String(host)
        if let portText, !portText.isEmpty {
            guard portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(portText), port > 0
            else { throw .invalidURL }
            self.port = port
        } else {
            port = 80
        }
        let name = authority.first == "[" ? "[\(host)]" : String(host)
        self.authority = port == 80 ? name : "\(name):\(port)"
    }
}
