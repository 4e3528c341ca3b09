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

/// Runs an async function on a connection, once.
final class TaskDriver: ConnectionDriver {
    private let handler: @Sendable (inout TCPConnection) async throws -> Void

    init(channel: Channel, handler: @escaping @Sendable (inout TCPConnection) async throws -> Void) {
        self.handler = handler
        super.init(channel: channel)
    }

    override var startsImmediately: Bool { true }

    override func run() async -> Next {
        var connection = TCPConnection(channel)
        // The handler has dealt with its errors or not; what is left to do is the same.
        try? await handler(&connection)
        return .close
    }
}
