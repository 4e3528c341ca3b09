import MillpondHTTP
import MillpondIO
import MillpondNet
import TestSupport
import Testing

/// Tunnels through a proxy.
@Suite("Client: tunnels", .timeLimit(.minutes(2)))
struct TunnelTests {
    /// Asks a scripted proxy for a tunnel, and says what came of it.
    private func open(
        answer: String, authorization: String? = nil,
        _ use: @escaping @Sendable (Channel) async throws -> String = { _ in "" }
    ) async throws -> (asked: String, result: String) {
        let asked = SharedText()
        let group = try ReactorGroup(count: 1)
        let outcome: Result<String, any Error>
        do { outcome = .success(try await open(group.reactors[0], asked, answer, authorization, use)) } catch {
            outcome = .failure(error)
        }
        await group.shutdown()
        return (asked.get(), try outcome.get())
    }

    private func open(
        _ reactor: Reactor, _ asked: SharedText, _ answer: String, _ authorization: String?,
        _ use: @escaping @Sendable (Channel) async throws -> String
    ) async throws -> String {
        try await withScript(script: { connection in
            guard let head = try await connection.readRequest() else { return }
            asked.set(head)
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

    /// Any 2xx to CONNECT opens a tunnel, which is closed with the value that stands for it.
    @Test(arguments: ["200 OK\r\nContent-Length: 5", "204 No Content", "299 Yes\r\nTransfer-Encoding: chunked"])
    func takenOver(_ answer: String) async throws {
        let ends = Counter()
        try await withScript(script: { connection in
            defer { ends.add(1) }
            guard try await connection.readRequest() != nil else { return }
            try await connection.send("HTTP/1.1 \(answer)\r\n\r\nhello")
            while try await connection.reader.fill() {
                try connection.channel.write(try await connection.reader.take(connection.reader.bufferedCount))
                try await connection.channel.drain()
            }
        }) { transport, origin in
            let request = HTTPClientRequest(.connect, origin: origin, target: "shop.test:443")
            let text = try await transport.withResponse(request) { response in
                let hasBody = response.hasUnreadBody
                #expect(hasBody)
                var tunnel = try response.takeOver()
                #expect(tunnel.channel.readTimeout == transport.options.channel.readTimeout)
                try tunnel.channel.write(" pond")
                var reader = BufferedReader(SocketSource(tunnel.channel))
                var bytes = tunnel.rest.count == 0 ? [] : tunnel.rest.takeAll().allBytes
                while bytes.count < 10 {
                    guard try await reader.fill() else { break }
                    bytes += try await reader.take(reader.bufferedCount).allBytes
                }
                return String(decoding: bytes, as: UTF8.self)
            }
            #expect(text == "hello pond")
            #expect(transport.statistics().idle == 0)
            // Nobody has closed it but the tunnel's end.
            #expect(await eventually { ends.value == 1 })
        }
    }

    /// What was queued for the other end still leaves when the tunnel goes.
    @Test func theLastBytesLeave() async throws {
        let text = String(repeating: "pond", count: 700_000)
        let heard = Counter()
        var options = TransportOptions()
        options.channel.socketBufferSize = 16 << 10
        try await withScript(
            options,
            script: { connection in
                guard try await connection.readRequest() != nil else { return }
                try await connection.send("HTTP/1.1 200 OK\r\n\r\n")
                // More than the kernel takes meanwhile.
                try await connection.channel.reactor.sleep(for: .milliseconds(100))
                while try await connection.reader.fill() {
                    heard.add(connection.reader.bufferedCount)
                    connection.reader.consume(connection.reader.bufferedCount)
                }
            }
        ) { transport, origin in
            let request = HTTPClientRequest(.connect, origin: origin, target: "shop.test:443")
            try await transport.withResponse(request) { response in
                let tunnel = try response.takeOver()
                try tunnel.channel.write(text.utf8.span.bytes)
            }
            #expect(await eventually { heard.value == text.utf8.count })
        }
    }

    @Test func aProxyThatNeverAnswersIsATimeOut() async throws {
        try await withScript(script: { connection in
            _ = try await connection.readRequest()
            _ = try await connection.reader.fill()
        }) { transport, origin in
            var options = TransportOptions()
            options.dialTimeout = .milliseconds(100)
            let limited = options
            let target = try HTTPOrigin(scheme: .https, host: "shop.test")
            let error = await clientError {
                try await transport.reactors[0].run {
                    try await Transport.openTunnel(to: target, through: HTTPProxy(origin), options: limited).close()
                }
            }
            #expect(error?.isTimedOut == true && error?.phase == .connecting)
        }
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
