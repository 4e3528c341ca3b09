public import MillpondIO

/// The writing half of a connection, for a `BufferedWriter`.
///
/// It takes bytes into the connection's outbox, behind what others have queued there, up to its high-water mark; beyond
/// that it waits for the kernel. So `BufferedWriter.flush()` returns when everything is in the outbox, which leaves by
/// itself; ``Channel/drain()`` returns when it has left.
///
/// Use it on the channel's reactor only, and one at a time. Pushes to the same channel from elsewhere go between its
/// writes.
public struct SocketSink: ByteSink, ~Copyable {
    /// The connection that is written.
    public let channel: Channel

    public init(_ channel: Channel) {
        self.channel = channel
    }

    public mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        try channel.queue(from: &chain)
    }

    public mutating func waitUntilWritable() async throws {
        try await channel.waitForRoom()
    }

    /// Waits until the outbox is empty and the kernel has room, at most for the connection's write time-out.
    public mutating func transferDescriptor() async throws -> Int32? {
        try await channel.waitUntilSendable()
        return channel.id.descriptor
    }

    public mutating func transferStopped(errno: Int32) {
        channel.sendingStopped(errno)
    }
}
