/// Reads the server's answer to a client's handshake (RFC 6455, section 4.1).
package enum WebSocketResponse {
    /// The longest answer that is read.
    package static let limit = 16 << 10

    /// Checks the head at the start of `bytes`.
    ///
    /// - Returns: how long it is, and the subprotocol that the server chose; nil when more bytes are needed.
    /// - Throws: `rejected` with another status than 101, `invalidResponse`.
    package static func parse(
        _ bytes: RawSpan, accept: WebSocketHandshake.Accept, subprotocols: [String]
    ) throws(WebSocketError) -> (count: Int, subprotocol: String?)? {
        guard let end = headEnd(bytes) else {
            if bytes.byteCount >= limit { throw .invalidResponse() }
            return nil
        }
        var lines = Lines(bytes: bytes.extracting(0..<end))
        let status = try status(lines.next())
        if status != 101 { throw .rejected(status: status) }
        var found = (upgrade: false, connection: false, accept: false)
        var subprotocol: String?
        while true {
            let line = lines.next()
            if line.byteCount == 0 { break }
            guard let colon = index(of: UInt8(ascii: ":"), in: line) else { throw .invalidResponse() }
            let name = line.extracting(0..<colon)
            let value = WebSocketHandshake.trimmed(line.extracting(droppingFirst: colon + 1))
            if WebSocketHandshake.equals(name, "upgrade") {
                found.upgrade = WebSocketHandshake.equals(value, "websocket")
            } else if WebSocketHandshake.equals(name, "connection") {
                found.connection = found.connection || WebSocketHandshake.list(value, contains: "upgrade")
            } else if WebSocketHandshake.equals(name, "sec-websocket-accept") {
                found.accept = isAccept(value, accept)
            } else if WebSocketHandshake.equals(name, "sec-websocket-extensions") {
                // None was offered.
                throw .invalidResponse()
            } else if WebSocketHandshake.equals(name, "sec-websocket-protocol") {
                let chosen = text(value)
                guard subprotocol == nil, subprotocols.contains(chosen) else { throw .invalidResponse() }
                subprotocol = chosen
            }
        }
        guard found.upgrade, found.connection, found.accept else { throw .invalidResponse() }
        return (end, subprotocol)
    }

    /// Goes over the lines of a head; an empty one is the last.
    private struct Lines: ~Escapable {
        let bytes: RawSpan
        var position = 0

        @_lifetime(copy bytes)
        init(bytes: RawSpan) { self.bytes = bytes }

        @_lifetime(copy self)
        mutating func next() -> RawSpan {
            let start = position
            var end = start
            while end < bytes.byteCount, WebSocketHandshake.byte(bytes, end) != 0x0A { end += 1 }
            position = min(end + 1, bytes.byteCount)
            if end > start, WebSocketHandshake.byte(bytes, end - 1) == 0x0D { end -= 1 }
            return bytes.extracting(start..<end)
        }
    }

    /// The length of the head with its empty line; nil when that has not come yet.
    private static func headEnd(_ bytes: RawSpan) -> Int? {
        var index = 0
        while index + 4 <= bytes.byteCount {
            if unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self) == 0x0A0D_0A0D {
                return index + 4
            }
            index += 1
        }
        return nil
    }

    private static func status(_ line: RawSpan) throws(WebSocketError) -> Int {
        // "HTTP/1.1 101 …"
        guard line.byteCount >= 12, WebSocketHandshake.equals(line.extracting(0..<9), "HTTP/1.1 ") else {
            throw .invalidResponse()
        }
        var status = 0
        for offset in 9..<12 {
            let digit = WebSocketHandshake.byte(line, offset)
            guard digit >= 0x30, digit <= 0x39 else { throw .invalidResponse() }
            status = status * 10 + Int(digit - 0x30)
        }
        return status
    }

    private static func index(of wanted: UInt8, in bytes: RawSpan) -> Int? {
        for index in 0..<bytes.byteCount where WebSocketHandshake.byte(bytes, index) == wanted { return index }
        return nil
    }

    private static func isAccept(_ value: RawSpan, _ accept: WebSocketHandshake.Accept) -> Bool {
        guard value.byteCount == 28 else { return false }
        for index in 0..<28 where WebSocketHandshake.byte(value, index) != accept[index] { return false }
        return true
    }

    private static func text(_ value: RawSpan) -> String {
        unsafe value.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
