import Glibc
import Logging
import MillpondIO
import MillpondNet
import MillpondPools
import MillpondWebSocket

@testable import MillpondChat

/// A chat server on free ports, with a data folder of its own.
final class TestServer: Sendable {
    let chat: ChatServer
    let group: ReactorGroup
    let streamAddress: SocketAddress
    let webSocketAddress: SocketAddress
    private let upgrades: TCPServer

    init(folder: String, reactors: Int = 2, _ change: (inout ChatOptions) -> Void = { _ in }) throws {
        var options = ChatOptions()
        change(&options)
        group = try ReactorGroup(count: reactors)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let chat = try ChatServer(options: options, dataFolder: folder, group: group, logger: logger)
        self.chat = chat
        let address = SocketAddress(host: "127.0.0.1", port: 0)!
        streamAddress = try chat.listen(on: address)
        upgrades = TCPServer(group: group) { channel in PlainUpgrade(channel: channel, chat: chat) }
        webSocketAddress = try upgrades.start(on: address)
    }

    /// Ends the connections in order, and leaves the store open.
    func drain() async {
        await upgrades.drain(within: .seconds(5))
        await chat.drain(within: .seconds(5))
    }

    func stop() async {
        await upgrades.drain(within: .seconds(1))
        await chat.stop(within: .seconds(2))
        await group.shutdown()
    }

    /// Runs a test against a server, on a reactor that is not one of the server's.
    static func with(
        reactors: Int = 2, _ change: (inout ChatOptions) -> Void = { _ in },
        _ body: @escaping @concurrent @Sendable (TestServer) async throws -> Void
    ) async throws {
        let folder = TemporaryFolder()
        let server = try TestServer(folder: folder.path, reactors: reactors, change)
        let clients = try ReactorGroup(count: 1)
        let result: Result<Void, any Error>
        do {
            try await clients.reactors[0].run { try await body(server) }
            result = .success(())
        } catch { result = .failure(error) }
        await clients.shutdown()
        await server.stop()
        try result.get()
    }
}

/// Upgrades whatever asks for it: stands for the HTTP server.
private final class PlainUpgrade: ConnectionDriver {
    private let chat: ChatServer

    init(channel: Channel, chat: ChatServer) {
        self.chat = chat
        super.init(channel: channel)
    }

    override func run() async -> Next {
        do {
            var reader = BufferedReader(SocketSource(channel))
            let head = try await reader.readHeaderBlock(limit: 16384)
            let text = head.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            guard
                let line = text.split(separator: "\r\n").first(where: {
                    $0.lowercased().hasPrefix("sec-websocket-key:")
                })
            else { return .close }
            let key = String(line.dropFirst(18).drop { $0 == " " })
            let accept = WebSocketHandshake.accept(for: key.utf8Span.span.bytes)
            var answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            answer += "Sec-WebSocket-Accept: "
            for index in 0..<28 { answer.unicodeScalars.append(Unicode.Scalar(accept[index])) }
            answer += "\r\n\r\n"
            try channel.write(answer.utf8Span.span.bytes)
            let socket = chat.webSocket(for: channel)
            try reader.withBuffered { try socket.adopt($0) }
            return .handOver(to: socket)
        } catch {
            return .close
        }
    }
}

/// A folder that is gone after the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/millpond-chat-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        for name in ["lock", "chat.sqlite", "chat.sqlite-wal", "chat.sqlite-shm"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
