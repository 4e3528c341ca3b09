import MillpondIO
import MillpondNet
import MillpondPools

/// A connection to a Redis server: one request at a time, RESP2 both ways.
struct RedisConnection: ~Copyable {
    private var connection: TCPConnection
    private var writer: BufferedWriter<SocketSink>
    /// Requests answered so far.
    private(set) var requests = 0

    /// Connects; on a reactor, where the connection stays.
    static func connect(to address: SocketAddress, timeout: Duration) async throws -> sending RedisConnection {
        var options = ChannelOptions()
        options.readTimeout = timeout
        return RedisConnection(try await TCPConnection.connect(to: address, timeout: timeout, options: options))
    }

    private init(_ connection: consuming TCPConnection) {
        writer = BufferedWriter(SocketSink(connection.channel))
        self.connection = connection
    }

    /// Whether it may carry another request: both sides are open, and nothing is unread that nobody asked for.
    var isUsable: Bool {
        connection.channel.isOpen && !connection.channel.isPeerClosed && connection.reader.bufferedCount == 0
    }

    /// Sends a command, an array of bulk strings, and reads its reply.
    mutating func send(_ command: [String]) async throws -> RedisReply {
        try await writer.write(utf8: "*\(command.count)\r\n")
        for word in command { try await writer.write(utf8: "$\(word.utf8.count)\r\n\(word)\r\n") }
        try await writer.flush()
        let reply = try await RedisReply.read(from: &connection.reader)
        requests += 1
        return reply
    }
}
