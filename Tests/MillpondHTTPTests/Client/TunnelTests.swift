import MillpondHTTP
import MillpondIO
import MillpondNet
import Synchronization
import Testing

/// Tunnels through a proxy.
@Suite("Client: tunnels", .timeLimit(.minutes(2)))
struct TunnelTests {
    /// Asks a scripted proxy for a tunnel, and says what came of it.
    private func open(
        answer: String, authorization: String? = nil,
        _ use: @escaping @Sendable (Channel) async throws -> String = { _ in "" }
    ) async throws -> (asked: String, result: String) {
        let asked = Asked()
        let group = try ReactorGroup(count: 1)
        let outcome: Result<String, any Error>
        do { outcome = .success(try await open(group.reactors[0], asked, answer, authorization, use)) } catch {
            outcome = .failure(error)
        }
        await group.shutdown()
        return (asked.text.withLock { $0 }, try outcome.get())
    }

    private final class Asked: Sendable {
        let text = Mutex("")
    }

    private func open(
        _ reactor: Reactor, _ asked: Asked, _ answer: String, _ authorization: String?,
        _ use: @escaping @Sendable (Channel) async throws -> String
    ) async throws -> String {
        try await withScript(script: { connection in
            guard let head = try await connection.readRequest() else { return }
            asked.text.withLock { $0 = head }
            try await connection.send(answer)
            // The far end: what comes goes back.
            while try await connection.reader.fill() {
                try connection.channel.write(try await connection.reader.take(connection.reader.bufferedCount))
                try await connection.channel.drain()
            }
        }) { _, origin in
            let proxy = HTTPProxy(origin, authorization: authorization)
            let target = try HTTPOrigin(scheme: .https, host: "shop.test")
            return try await reactor.run {
                let channel = try await Transport.openTunnel(to: target, through: proxy)
                defer { channel.close() }
                return try await use(channel)
            }
        }
    }

    @Test func aTunnelIsAPlainConnection() async throws {
        let (asked, result) = try await open(
            answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n",
            authorization: "Basic abc"
        ) { channel in
            try channel.write("hello pond")
            var reader = BufferedReader(SocketSource(channel))
            return try await reader.withBytes(10) { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
        }
        #expect(result == "hello pond")
        #expect(asked.hasPrefix("CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n"))
        #expect(asked.contains("Proxy-Authorization: Basic abc\r\n"))
    }

    @Test(arguments: [
        ("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", 407),
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", 502), ("HTTP/1.1 302 Found\r\n\r\n", 302),
    ])
    func aRefusalSaysItsStatus(_ answer: String, _ status: UInt16) async throws {
        let error = await clientError { _ = try await open(answer: answer) }
        #expect(error?.tunnelStatus?.code == status)
        #expect(error?.isConnectionFailed == true)
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\n\r\nearly", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nbad header\r\n\r\n"])
    func anythingElseIsMalformed(_ answer: String) async throws {
        let error = await clientError { _ = try await open(answer: answer) }
        #expect(error?.isMalformed == true)
    }

    @Test func httpsIsRefusedWithoutTLS() async throws {
        try await withTransport { transport, origin in
            var request = try HTTPClientRequest(.get, "https://shop.test/")
            request.proxy = HTTPProxy(origin)
            let sent = request
            let error = await clientError { _ = try await collect(transport, sent) }
            #expect(error?.reason == "unsupported scheme")
        }
    }
}
