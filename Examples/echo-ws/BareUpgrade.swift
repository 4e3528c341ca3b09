import MillpondIO
import MillpondNet
import MillpondPools
import MillpondWebSocket

/// Upgrades every connection.
final class BareUpgrade: ConnectionDriver {
    let make: (Channel) -> WebSocket
    init(channel: Channel, make: @escaping (Channel) -> WebSocket) {
        self.make = make
        super.init(channel: channel)
    }

    override func run() async -> Next {
        do {
            var reader = BufferedReader(SocketSource(channel))
            let head = try await reader.readHeaderBlock(limit: 16384)
            let text = unsafe head.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            var key = ""
            for line in text.split(separator: "\r\n") where line.lowercased().hasPrefix("sec-websocket-key:") {
                key = String(line.dropFirst(18).drop { $0 == " " })
            }
            guard key.utf8.count == 24 else { return .close }
            let accept = unsafe WebSocketHandshake.accept(for: key.utf8Span.span.bytes)
            var answer =
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: "
            for index in 0..<28 { answer.unicodeScalars.append(Unicode.Scalar(accept[index])) }
            answer += "\r\n\r\n"
            try channel.write(unsafe answer.utf8Span.span.bytes)
            let socket = make(channel)
            try reader.withBuffered { try socket.adopt($0) }
            return .handOver(to: socket)
        } catch {
            return .close
        }
    }
}
