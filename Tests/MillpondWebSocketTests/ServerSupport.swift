import MillpondIO
import MillpondNet
import MillpondPools
import Synchronization

@testable import MillpondWebSocket

/// Runs `body` on a reactor of its own, with a server that upgrades whoever connects and hands the connection to
/// `makeSocket`.
func withServer<Result: Sendable>(
    reactors: Int = 1, options: WebSocketOptions = .init(),
    makeSocket: @escaping @Sendable (Channel, WebSocketSettings) -> WebSocket,
    _ body: @escaping @Sendable (TestServer) async throws -> Result
) async throws -> Result {
    let group = try ReactorGroup(count: reactors)
    let settings = WebSocketSettings(options)
    let server = TCPServer(group: group) { channel in
        BareUpgrade(channel: channel) { makeSocket($0, settings) }
    }
    let address = try server.start(on: .loopback(port: 0))
    let client = try ReactorGroup(count: 1)
    let context = TestServer(address: address, group: group)
    do {
        let result = try await client.reactors[0].run {
            // Onto the reactor: a closure that does not suspend first would begin where it was called.
            return try await body(context)
        }
        await server.drain(within: .seconds(2))
        await client.shutdown()
        await group.shutdown()
        return result
    } catch {
        await server.drain(within: .zero)
        await client.shutdown()
        await group.shutdown()
        throw error
    }
}

/// The same with a handler.
func withServer<Result: Sendable>(
    reactors: Int = 1, options: WebSocketOptions = .init(), handler: any WebSocketHandler & Sendable,
    _ body: @escaping @Sendable (TestServer) async throws -> Result
) async throws -> Result {
    try await withServer(
        reactors: reactors, options: options,
        makeSocket: { WebSocket(channel: $0, settings: $1, handler: handler) }, body)
}

struct TestServer: Sendable {
    let address: SocketAddress
    let group: ReactorGroup

    var url: String { "ws://\(address)" }

    /// A connection after the handshake, for frames that no client of ours would send.
    func connectRaw(_ options: ChannelOptions = .init()) async throws -> TCPConnection {
        var connection = try await TCPConnection.connect(to: address, options: options)
        connection.channel.readTimeout = .seconds(5)
        try connection.channel.write(
            "GET / HTTP/1.1\r\nHost: test\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        _ = try await connection.reader.readHeaderBlock()
        return connection
    }
}

extension Channel {
    func write(_ bytes: [UInt8]) throws {
        try withView(bytes) { try write($0) }
    }
}

extension BufferedReader where Source == SocketSource {
    /// The next frame of a server.
    mutating func frame() async throws -> (opcode: UInt8, payload: [UInt8]) {
        let first = try await readByte()
        var count = Int(try await readByte())
        if count == 126 { count = Int(try await readInteger(as: UInt16.self)) }
        if count == 127 { count = Int(try await readInteger(as: UInt64.self)) }
        let payload = try await withBytes(count) { view in view.withUnsafeBytes { Array($0) } }
        return (first, payload)
    }

    /// Reads a client's handshake, and returns what `Sec-WebSocket-Accept` is to be for it.
    mutating func handshakeAccept() async throws -> String {
        let text = try await withHeaderBlock { head in
            head.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
        let line = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") }
        let accept = withView(Array((line ?? "").suffix(24).utf8)) { WebSocketHandshake.accept(for: $0) }
        return String(decoding: (0..<28).map { accept[$0] }, as: UTF8.self)
    }

    /// Whether nothing more comes.
    mutating func isAtEnd() async throws -> Bool { try await !fill() }
}

/// Answers the handshake of any client, and nothing else.
final class BareUpgrade: ConnectionDriver {
    private let make: (Channel) -> WebSocket

    init(channel: Channel, make: @escaping (Channel) -> WebSocket) {
        self.make = make
        super.init(channel: channel)
    }

    override func run() async -> Next {
        do {
            var reader = BufferedReader(SocketSource(channel))
            let letters = try await reader.handshakeAccept()
            var answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            answer += "Sec-WebSocket-Accept: \(letters)\r\n\r\n"
            try channel.write(Array(answer.utf8))
            let socket = make(channel)
            try reader.withBuffered { try socket.adopt($0) }
            return .handOver(to: socket)
        } catch {
            return .close
        }
    }
}

/// Sends everything back, and notes what else happens.
final class Recorder: WebSocketHandler, Sendable {
    struct Ending: Equatable {
        var code: WebSocketCloseCode
        var reason: String
    }

    private let log = Mutex<(opened: Int, endings: [Ending])>((0, []))

    var openedCount: Int { log.withLock { $0.opened } }
    var endings: [Ending] { log.withLock { $0.endings } }

    /// Waits until so many connections are over.
    func waitForEndings(_ count: Int) async throws {
        for _ in 0..<500 where endings.count < count { try await Reactor.current!.sleep(for: .milliseconds(10)) }
    }

    func opened(_ socket: WebSocket) async throws { log.withLock { $0.opened += 1 } }

    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
        try socket.send(payload, as: kind)
        return true
    }

    func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String) {
        log.withLock { $0.endings.append(Ending(code: code, reason: reason)) }
    }
}
