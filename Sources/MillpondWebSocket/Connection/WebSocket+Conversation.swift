internal import MillpondIO
internal import MillpondNet

extension WebSocket {
    /// Waits for the next message and shows it to `body`: for a task that owns the connection, instead of a handler.
    ///
    /// The payload is a view that is gone when `body` returns. Control frames are answered while waiting, and only
    /// then.
    ///
    /// - Returns: what `body` returned; nil when the conversation is over (see ``closeStatus``).
    /// - Throws: what `body` throws, and `CancellationError`; the connection can then still be used.
    public func receive<Result>(
        _ body: (WebSocketMessageKind, RawSpan) async throws -> Result
    ) async throws -> Result? {
        precondition(handler == nil, "this connection's messages go to its handler")
        var input = ReceiveBuffer()
        swap(&input, &self.input)
        defer { swap(&input, &self.input) }
        var reads = Int.max
        while true {
            switch advance(&input, reads: &reads) {
            case .message(let kind, let place):
                defer { assembly.removeAll() }
                // Sound: the place is in `input` or `assembly`, which stay as they are until `body` has returned.
                return try await body(kind, unsafe RawSpan(_unsafeBytes: place))
            case .blocked:
                try input.settle()
                if try await !waitForPeer() { return nil }
            case .ended:
                end()
                return nil
            }
        }
    }

    /// Ends a conversation in order: sends a close frame, unless that was done, and waits for the peer's.
    ///
    /// - Throws: what a read throws: ``WebSocketError`` for a frame that breaks the protocol, `IOError` when the
    ///   connection is lost or the peer does not close in time, `CancellationError`.
    public func finish(_ code: WebSocketCloseCode = .normal, reason: String = "") async throws {
        close(code, reason: reason)
        while try await receive({ _, _ in }) != nil {}
    }

    /// False when the connection is over.
    private func waitForPeer() async throws -> Bool {
        var source = SocketSource(channel)
        do {
            try await source.waitUntilReadable()
        } catch let error as IOError {
            if error.code == .timedOut, channel.isOpen, deadlinePassed() { return true }
            end()
            return false
        }
        return true
    }

    private func end() {
        channel.closeAfterFlush()
        finish()
    }
}

/// A server's connection that is run by an async function from top to bottom.
final class ConversationSocket: WebSocket {
    private let body: @Sendable (WebSocket) async throws -> Void

    init(channel: Channel, settings: WebSocketSettings, body: @escaping @Sendable (WebSocket) async throws -> Void) {
        self.body = body
        super.init(channel: channel, role: .server, settings: settings, handler: nil)
    }

    override func run() async -> Next {
        do {
            try await body(self)
            try await finish()
        } catch {
            close(.internalError)
        }
        return .close
    }
}
