import MillpondIO
import MillpondNet
import MillpondPools
import MillpondWebSocket

@testable import MillpondChat

/// A client of either transport, on a reactor.
final class TestClient {
    enum Transport: CaseIterable, Sendable { case stream, webSocket }

    private let socket: WebSocket?
    private let channel: Channel
    private var pending: [UInt8] = []
    private var sequence: Int64 = 1
    /// The reason the server gave when it closed.
    private(set) var closeReason: String?

    init(_ server: TestServer, _ transport: Transport) async throws {
        switch transport {
        case .stream:
            socket = nil
            channel = try await Channel.connect(to: server.streamAddress)
        case .webSocket:
            let opened = try await WebSocketClient.connect(to: "ws://\(server.webSocketAddress)/any?path")
            socket = opened
            channel = opened.channel
        }
    }

    /// Sends a packet in a frame of its own.
    func send(_ packet: [UInt8]) throws {
        try packet.withUnsafeBytes { bytes in
            let span = RawSpan(_unsafeBytes: bytes)
            if let socket { return try socket.send(span) }
            try frame(2, packet)
        }
    }

    /// Sends a frame of the TCP framing.
    func frame(_ opcode: UInt8, _ payload: [UInt8]) throws { try raw([opcode] + Packets.word(payload.count) + payload) }

    func raw(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try channel.write(RawSpan(_unsafeBytes: $0)) }
    }

    /// The next packet; nil when the server has closed the connection.
    func next(within timeout: Duration = .seconds(5)) async throws -> Answer? {
        channel.setReadDeadline(timeout)
        defer { channel.setReadDeadline(nil) }
        if let socket {
            let bytes = try await socket.receive { _, view in view.withUnsafeBytes { Array($0) } }
            if bytes == nil { closeReason = socket.closeStatus?.reason }
            return bytes.map { Answer($0) }
        }
        guard let frame = try await nextFrame() else { return nil }
        if frame.opcode == 8 {
            closeReason = String(decoding: frame.payload, as: UTF8.self)
            return nil
        }
        return Answer(frame.payload)
    }

    func nextFrame() async throws -> (opcode: UInt8, payload: [UInt8])? {
        while true {
            if pending.count >= 5 {
                let count = pending[1..<5].reduce(0) { $0 << 8 | Int($1) }
                if pending.count >= 5 + count {
                    defer { pending.removeFirst(5 + count) }
                    return (pending[0], Array(pending[5..<5 + count]))
                }
            }
            var source = SocketSource(channel)
            var block = try BlockPool.shared.take(minimumCapacity: 65_536)
            var outcome = ReadOutcome.wouldBlock
            let count = try block.fill { output in outcome = try source.read(into: &output) }
            switch outcome {
            case .bytes: block.bytes.withUnsafeBytes { pending += $0[..<count] }
            case .endOfStream: return nil
            case .wouldBlock: try await source.waitUntilReadable()
            }
        }
    }

    /// True when nothing comes for a while, but the answer to a ping.
    func isSilent(for duration: Duration = .milliseconds(100)) async -> Bool {
        do {
            try await Reactor.current?.sleep(for: duration)
            try send(Packets.ping)
            return try await next()?.isPong == true
        } catch {
            return false
        }
    }

    /// Sends a request and returns the next packet.
    @discardableResult
    func request(_ command: String, _ body: Wire = Wire(), to destination: String = "") async throws -> Answer? {
        sequence += 1
        try send(Packets.logic(command, body, to: destination, sequence: sequence))
        return try await next()
    }

    @discardableResult
    func signIn(_ account: String, _ server: TestServer) async throws -> Answer? {
        try await request("login.signin", Wire().text(1, server.chat.tokens.issue(account: account)))
    }

    func talk(_ text: String, to account: String) async throws -> Answer? {
        try await request("chat.user.talk", Wire().number(1, 1).text(2, text), to: account)
    }

    func close() { channel.close() }

    static func signedIn(_ account: String, _ server: TestServer, _ transport: Transport = .stream) async throws
        -> TestClient
    {
        let client = try await TestClient(server, transport)
        let answer = try await client.signIn(account, server)
        guard answer?.status == 0 else { throw IOError.closed }
        return client
    }
}
