import MillpondWebSocket

/// What a fuzzer calls: any bytes, to both roles, whole and in pieces whose size the first byte tells. The parser must
/// neither trap nor read outside, must come to an end, and must hear the same in both ways.
func fuzzParser(_ bytes: [UInt8]) {
    for role in [WebSocketRole.server, .client] {
        let whole = Listener.hear(bytes, role: role, maximumMessageSize: 4096)
        var pieces = Listener(role: role, maximumMessageSize: 4096)
        let size = Int(bytes.first ?? 0) % 7 + 1
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + size)
            pieces.feed(Array(bytes[start..<end]))
            start = end
        }
        if pieces.heard != whole { fatalError("pieces: \(pieces.heard), whole: \(whole)") }
    }
}
