public import MillpondIO

extension TCPServer {
    /// A server whose every connection is a conversation, run by one task from top to bottom.
    ///
    /// The connection closes, after what was queued has left, when `handler` returns or throws.
    public convenience init(
        group: ReactorGroup, options: TCPServerOptions = .init(),
        handler: @escaping @Sendable (inout TCPConnection) async throws -> Void
    ) {
        self.init(group: group, options: options) { channel in TaskDriver(channel: channel, handler: handler) }
    }
}

/// Runs an async function on a connection, once, and closes it.
public final class TaskDriver: ConnectionDriver {
    private let handler: @Sendable (inout TCPConnection) async throws -> Void
    private var rest: ByteChain?

    /// - Parameters:
    ///   - channel: the connection.
    ///   - rest: bytes that another reader of the connection has left behind.
    ///   - handler: the conversation, from top to bottom.
    public init(
        channel: Channel, rest: consuming ByteChain = ByteChain(),
        handler: @escaping @Sendable (inout TCPConnection) async throws -> Void
    ) {
        self.handler = handler
        self.rest = consume rest
        super.init(channel: channel)
    }

    override public var startsImmediately: Bool { true }

    override public func run() async -> Next {
        var connection = TCPConnection(channel, rest: rest.take() ?? ByteChain())
        // The handler has dealt with its errors or not; what is left to do is the same.
        try? await handler(&connection)
        return .close
    }
}
