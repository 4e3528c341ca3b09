internal import MillpondNet

/// Server-sent events (the WHATWG's HTML standard, section 9.2).
///
///     while let message = try await messages.next() {
///         try await response.sendEvent(event: "message", data: message)
///     }
///
/// The first call sends the head, with `Content-Type: text/event-stream` and `Cache-Control: no-store` unless they are
/// set. Each event leaves at the end of the turn, and its sender waits while the client is slow. When the client goes
/// away the handler's task is cancelled. Send a comment now and then (every 15 s is usual), so that proxies do not take
/// the silence for the end.
extension HTTPResponse {
    /// Sends one event.
    ///
    /// - Parameters:
    ///   - id: what the client names in `Last-Event-ID` when it comes again.
    ///   - event: the event's type; `message` to the client without one.
    ///   - data: its text. Lines may end with LF, CR LF or CR; the client sees LF.
    ///   - retry: how long the client is to wait before it comes again.
    /// - Throws: `HTTPResponseError.invalidValue` for a line end in `id` or `event`, or a NUL in `id`: nothing is sent
    ///   then. Otherwise as ``write(_:)-(RawSpan)``.
    public mutating func sendEvent(
        id: String? = nil, event: String? = nil, data: String, retry: Duration? = nil
    ) async throws {
        if let id, id.utf8.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) {
            throw HTTPResponseError.invalidValue
        }
        if let event, event.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) { throw HTTPResponseError.invalidValue }
        try beginEvents()
        var text = EventText(capacity: data.utf8.count + (id?.utf8.count ?? 0) + (event?.utf8.count ?? 0) + 64)
        if let id { text.append("id: ", id) }
        if let event { text.append("event: ", event) }
        if let retry {
            let (seconds, attoseconds) = max(retry, .zero).components
            text.append("retry: ", String(seconds * 1000 + attoseconds / 1_000_000_000_000_000))
        }
        text.append(lines: data, prefix: "data: ")
        try await sendEventText(&text)
    }

    /// Sends a comment, which clients ignore: a sign of life.
    ///
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public mutating func sendEventComment(_ comment: String = "") async throws {
        try beginEvents()
        var text = EventText(capacity: comment.utf8.count + 16)
        text.append(lines: comment, prefix: ": ")
        try await sendEventText(&text)
    }

    private mutating func beginEvents() throws {
        guard isOpen else { return }
        if !hasField(.contentType) { set(.contentType, "text/event-stream") }
        if !hasField(.cacheControl) { set(.cacheControl, "no-store") }
        try beginPieces()
    }

    private mutating func sendEventText(_ text: inout EventText) async throws {
        text.finish()
        // Sound: bytes have no padding.
        try await write(unsafe text.bytes.span.bytes)
    }
}
