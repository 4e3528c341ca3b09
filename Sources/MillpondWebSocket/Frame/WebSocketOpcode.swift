/// What a frame is for (RFC 6455, section 5.2). The reserved values are not among them: a frame that carries one is
/// refused.
public enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Whether it speaks about the connection rather than being part of a message.
    @inlinable
    public var isControl: Bool { rawValue & 0x8 != 0 }
}

/// What a message is made of.
public enum WebSocketMessageKind: UInt8, Sendable {
    /// UTF-8, checked on the way in.
    case text = 0x1
    /// Any bytes.
    case binary = 0x2

    /// The opcode of the message's first frame.
    @inlinable
    public var opcode: WebSocketOpcode { self == .text ? .text : .binary }
}
