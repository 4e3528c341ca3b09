import MillpondIO
import MillpondNet
import MillpondWebSocket
import Testing

@Suite(.timeLimit(.minutes(5))) struct ClientTests {
    @Test(
        arguments: [
            ("ws://example.org", "example.org", 80, "/", "example.org"),
            ("ws://example.org:8080/chat?a=b", "example.org", 8080, "/chat?a=b", "example.org:8080"),
            ("WS://example.org:80/x", "example.org", 80, "/x", "example.org"),
            ("ws://[::1]:9001/", "::1", 9001, "/", "[::1]:9001"), ("ws://[fe80::1]", "fe80::1", 80, "/", "[fe80::1]"),
            ("ws://127.0.0.1?query", "127.0.0.1", 80, "/?query", "127.0.0.1"), ("ws://a:/b", "a", 80, "/b", "a"),
        ] as [(String, String, UInt16, String, String)])
    func urls(_ text: String, _ host: String, _ port: UInt16, _ target: String, _ authority: String) throws {
        let url = try WebSocketURL(text)
        #expect(url.host == host && url.port == port && url.target == target && url.authority == authority)
    }

    @Test(arguments: [
        "", "ws:", "ws://", "http://a", "wss://a", "ws://a#b", "ws://a b", "ws://a\r\nb", "ws://user@a", "ws://:80",
        "ws://a:0", "ws://a:65536", "ws://a:x", "ws://a:-1", "ws://a:+1", "ws://[::1", "ws://[::1]x", "ws://::1",
        "ws://ą",
    ])
    func badURLs(_ text: String) {
        #expect(throws: WebSocketError.self) { try WebSocketURL(text) }
    }

    /// Answers a handshake with fixed bytes; `ACCEPT` in them is the right answer to the key.
    private func answered(_ answer: String, subprotocols: [String] = []) async throws -> WebSocketError? {
        let group = try ReactorGroup(count: 1)
        let server = TCPServer(group: group) { connection in
            let letters = try await connection.reader.handshakeAccept()
            let pieces = answer.split(separator: "ACCEPT", omittingEmptySubsequences: false)
            try connection.channel.write(Array(pieces.joined(separator: letters).utf8))
            try await connection.channel.drain()
            // Leaves the client time to find out by itself.
            _ = try? await connection.reader.fill()
        }
        let address = try server.start(on: .loopback(port: 0))
        let error: WebSocketError? = try await group.reactors[0].run {
            var request = try WebSocketClient.Request("ws://\(address)/path")
            request.subprotocols = subprotocols
            request.timeout = .milliseconds(300)
            do {
                let socket = try await WebSocketClient.connect(request)
                socket.channel.close()
                return nil
            } catch let error as WebSocketError {
                return error
            }
        }
        await server.drain(within: .zero)
        await group.shutdown()
        return error
    }

    private static let good = "HTTP/1.1 101 x\r\nupgrade: WebSocket\r\nConnection: keep-alive, UPGRADE\r\n"

    @Test func answers() async throws {
        #expect(try await answered(Self.good + "Sec-WebSocket-Accept: ACCEPT\r\n\r\n") == nil)
        let protocols = Self.good + "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Protocol: b\r\n\r\n"
        #expect(try await answered(protocols, subprotocols: ["a", "b"]) == nil)
        #expect(try await answered(protocols)?.code == .invalidResponse)
        #expect(try await answered("HTTP/1.1 403 Forbidden\r\n\r\n")?.code == .rejected)
        #expect(try await answered("HTTP/1.1 403 Forbidden\r\n\r\n")?.status == 403)
        #expect(try await answered(Self.good + "\r\n")?.code == .invalidResponse)
        let wrong = "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\r\n"
        #expect(try await answered(Self.good + wrong)?.code == .invalidResponse)
        let extensions = "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        #expect(try await answered(Self.good + extensions)?.code == .invalidResponse)
        #expect(try await answered("SSH-2.0-OpenSSH\r\n\r\n")?.code == .invalidResponse)
        #expect(try await answered(String(repeating: "x", count: 20_000))?.code == .invalidResponse)
        #expect(try await answered("HTTP/1.1 101 x\r\n")?.code == .timedOut)
    }

    @Test func fieldsCannotBringInOthers() async throws {
        try await withServer(handler: Recorder()) { server in
            var request = try WebSocketClient.Request(server.url)
            request.fields = [("X-A", "1\r\nX-B: 2")]
            let hostile = request
            await #expect(throws: WebSocketError.self) { _ = try await WebSocketClient.connect(hostile) }
            request.fields = [("Origin", "http://localhost")]
            let socket = try await WebSocketClient.connect(request)
            try await socket.finish()
        }
    }
}
