public import MillpondPools

/// A message as a server sends it, encoded once for any number of connections.
public struct WebSocketFrame: ~Copyable, Sendable {
    /// Head and payload.
    public let bytes: SharedBytes

    private init(bytes: consuming SharedBytes) { self.bytes = bytes }

    /// Encodes a message. Text must be UTF-8, which is not checked.
    ///
    /// - Throws: when it is longer than the pool's largest block, or the pool's budget is spent.
    public init(
        _ payload: RawSpan, as kind: WebSocketMessageKind, pool: BlockPool = .shared
    ) throws(BlockPoolError) {
        let header = WebSocketFrameHeader(opcode: kind.opcode, payloadCount: payload.byteCount)
        let count = header.encodedCount + payload.byteCount
        var block = try pool.take(minimumCapacity: count)
        unsafe payload.withUnsafeBytes { source in
            unsafe block.withUnsafeMutableBytes { target in
                let room = unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<count])
                var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
                header.encode(into: &output)
                unsafe output.append(source, masked: nil)
                _ = unsafe output.finalize(for: room)
            }
        }
        bytes = block.freeze(count: count)
    }

    /// Encodes a text message.
    public init(_ text: String, pool: BlockPool = .shared) throws(BlockPoolError) {
        // Text that is not stored as UTF-8 is made so first.
        var text = text
        text.makeContiguousUTF8()
        // Sound: letters have no padding.
        try self.init(unsafe text.utf8Span.span.bytes, as: .text, pool: pool)
    }

    /// Another reference to the same bytes.
    public func clone() -> WebSocketFrame { WebSocketFrame(bytes: bytes.clone()) }
}
