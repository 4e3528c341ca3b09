internal import MillpondPools
internal import MillpondWebSocket

/// How a packet is framed on the way to a client.
enum FrameStyle: UInt8, Sendable {
    /// A binary WebSocket message in one unmasked frame: KIM's Go clients read raw frames.
    case webSocket
    /// KIM's own framing: an opcode and four bytes of length.
    case stream

    func headCount(payload: Int) -> Int {
        switch self {
        case .webSocket: WebSocketFrameHeader(opcode: .binary, payloadCount: payload).encodedCount
        case .stream: 5
        }
    }

    func encodeHead(payload: Int, into output: inout OutputRawSpan) {
        switch self {
        case .webSocket: WebSocketFrameHeader(opcode: .binary, payloadCount: payload).encode(into: &output)
        case .stream:
            output.put(StreamOpcode.binary.rawValue)
            output.put(bigEndian: UInt32(payload))
        }
    }
}

/// What a frame of KIM's TCP framing is; the values are WebSocket's.
enum StreamOpcode: UInt8 {
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA
}

/// A push in the frames of each style, made when the first receiver needs it and shared by all.
struct PushFrames: ~Copyable {
    private var webSocket: SharedBytes?
    private var stream: SharedBytes?

    init() {}

    /// The frame for a style, another reference to it. Nil when the pool has no room.
    mutating func frame(
        _ style: FrameStyle, count: Int, _ encode: (inout OutputRawSpan) -> Void
    ) -> SharedBytes? {
        switch style {
        case .webSocket:
            if webSocket == nil { webSocket = Self.make(style, count, encode) }
            return webSocket?.clone()
        case .stream:
            if stream == nil { stream = Self.make(style, count, encode) }
            return stream?.clone()
        }
    }

    private static func make(
        _ style: FrameStyle, _ count: Int, _ encode: (inout OutputRawSpan) -> Void
    ) -> SharedBytes? {
        let total = style.headCount(payload: count) + count
        guard var block = try? BlockPool.shared.take(minimumCapacity: total) else { return nil }
        let written = block.fill { output in
            style.encodeHead(payload: count, into: &output)
            encode(&output)
        }
        return block.freeze(count: written)
    }
}
