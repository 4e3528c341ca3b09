/// What an application does with its connections' messages.
///
/// A handler may serve one connection or all of a reactor's; every call comes on the connection's reactor, one at a
/// time for each connection.
public protocol WebSocketHandler: AnyObject {
    /// The handshake is done; sending is possible.
    func opened(_ socket: WebSocket) async throws

    /// The connection of a ``WebSocketDialer`` did not come about, for the reason that
    /// ``WebSocketClient/connect(_:handler:)`` would have thrown. The only call for it.
    // Any: a `WebSocketError` or an `IOError`.
    func failed(_ socket: WebSocket, _ error: any Error)

    /// A message arrived: the way for what can be done without waiting, which costs nothing beyond the call.
    ///
    /// The payload is a view of the bytes where they were read or put together, and is gone when the call returns. Text
    /// has been checked to be UTF-8. An error closes the connection with `internalError`.
    ///
    /// - Returns: false to have ``message(_:kind:payload:)`` called with the same message, as happens by default.
    func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool

    /// A message arrived that ``received(_:kind:payload:)`` did not take.
    ///
    /// While it runs the connection reads no further, so a slow handler slows its peer down and nobody else. An error
    /// closes the connection with `internalError`.
    func message(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) async throws

    /// The server ends in order: what is in progress may finish, then the connection is to be closed; the server's
    /// deadline bounds it. Closes at once with `goingAway` by default. Not before ``opened(_:)``; may be called twice.
    func drain(_ socket: WebSocket)

    /// The connection is over, by a close frame of either side, or with `abnormal` without one. The last call for it.
    func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String)
}

extension WebSocketHandler {
    public func opened(_ socket: WebSocket) async throws {}

    public func failed(_ socket: WebSocket, _ error: any Error) {}

    public func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool { false }

    /// A message that nobody takes is one that is not accepted here.
    public func message(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) async throws {
        socket.close(.unsupportedData)
    }

    public func drain(_ socket: WebSocket) { socket.close(.goingAway) }

    public func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String) {}
}
