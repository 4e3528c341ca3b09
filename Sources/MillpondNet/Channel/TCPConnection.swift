public import MillpondIO

/// A connection that a task owns: a buffered reader and the channel to write to. Leaving the scope closes it.
///
/// For protocols that are a conversation from top to bottom. Servers of many idle connections use a
/// ``ConnectionDriver``, which holds no task while it waits.
public struct TCPConnection: ~Copyable {
    /// Reads what the peer sends.
    public var reader: BufferedReader<SocketSource>
    /// The connection; its ``Channel/write(_:)-(RawSpan)`` queues for the end of the reactor's turn.
    public let channel: Channel

    /// Takes a channel over.
    public init(_ channel: Channel) {
        self.channel = channel
        reader = BufferedReader(SocketSource(channel))
    }

    /// Takes a channel over, with bytes that another reader of it has left behind.
    public init(_ channel: Channel, rest: consuming ByteChain) {
        self.channel = channel
        reader = BufferedReader(SocketSource(channel), buffered: rest)
    }

    deinit {
        // What was queued still leaves; a driver that took the channel over keeps it.
        if channel.driver == nil { channel.closeAfterFlush() }
    }

    /// Connects to an address; the calling task must run on a reactor.
    ///
    /// - Throws: as ``Channel/connect(to:timeout:options:)``.
    public static func connect(
        to address: SocketAddress, timeout: Duration = .seconds(10), options: ChannelOptions = .init()
    ) async throws -> TCPConnection {
        TCPConnection(try await Channel.connect(to: address, timeout: timeout, options: options))
    }

    /// Runs two tasks on the connection's reactor, one with each half, and waits for both. If one throws the other is
    /// cancelled, and the error thrown on.
    public mutating func concurrently(
        reading: sending @escaping (inout BufferedReader<SocketSource>) async throws -> Void,
        writing: sending @escaping (Channel) async throws -> Void
    ) async throws {
        let halves = Halves(reader: BufferedReader(SocketSource(channel)), channel: channel)
        halves.swapReader(&reader)
        defer { halves.swapReader(&reader) }
        let operations = Operations(reading: reading, writing: writing)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await operations.read(halves) }
            group.addTask { try await operations.write(halves) }
            while let result = await group.nextResult() {
                if case .failure = result { group.cancelAll() }
                try result.get()
            }
        }
    }
}

/// The halves while two tasks have them.
// Sound: both tasks are children of one that runs on the channel's reactor, so they run on that thread too.
private final class Halves: @unchecked Sendable {
    var reader: BufferedReader<SocketSource>
    let channel: Channel

    init(reader: consuming BufferedReader<SocketSource>, channel: Channel) {
        self.reader = reader
        self.channel = channel
    }

    func swapReader(_ other: inout BufferedReader<SocketSource>) {
        swap(&reader, &other)
    }
}

// Sound: as for `Halves`; each closure is called by one task.
private final class Operations: @unchecked Sendable {
    private let reading: (inout BufferedReader<SocketSource>) async throws -> Void
    private let writing: (Channel) async throws -> Void

    init(
        reading: @escaping (inout BufferedReader<SocketSource>) async throws -> Void,
        writing: @escaping (Channel) async throws -> Void
    ) {
        self.reading = reading
        self.writing = writing
    }

    func read(_ halves: Halves) async throws { try await reading(&halves.reader) }
    func write(_ halves: Halves) async throws { try await writing(halves.channel) }
}
