/// The head of a frame (RFC 6455, section 5.2): 2 to 14 bytes in front of the payload.
///
///      0               1               2 … 3, or 2 … 9      then
///     ┌─┬───┬───────┬─┬─────────────┬────────────────────┬──────────┬─────────┐
///     │F│RSV│ opcode│M│ 0…125,126,7 │ longer length, b.e.│ mask key │ payload │
///     └─┴───┴───────┴─┴─────────────┴────────────────────┴──────────┴─────────┘
public struct WebSocketFrameHeader: Equatable, Sendable {
    /// Whether it is the last frame of its message.
    public var isFinal: Bool
    public var opcode: WebSocketOpcode
    /// The key of a client's frame; nil in a server's.
    public var mask: WebSocketMask?
    /// Bytes of payload. Never negative.
    public var payloadCount: Int

    /// The longest head.
    public static var maximumSize: Int { 14 }
    /// The longest payload of a control frame.
    public static var maximumControlPayload: Int { 125 }

    @inlinable
    public init(isFinal: Bool = true, opcode: WebSocketOpcode, mask: WebSocketMask? = nil, payloadCount: Int) {
        self.isFinal = isFinal
        self.opcode = opcode
        self.mask = mask
        self.payloadCount = payloadCount
    }

    /// Bytes that the encoded head takes.
    @inlinable
    public var encodedCount: Int {
        (payloadCount < 126 ? 2 : payloadCount < 65536 ? 4 : 10) &+ (mask == nil ? 0 : 4)
    }

    /// What the bytes at hand are.
    public enum Decoded: Equatable, Sendable {
        /// A whole head of `size` bytes.
        case header(WebSocketFrameHeader, size: Int)
        /// The beginning of a head: at least `count` bytes are needed in all.
        case needMore(count: Int)
    }

    /// Reads the head of a frame that `sender` sent. Every rule that a head can break is checked as soon as the byte
    /// is there, before anyone acts on a length.
    ///
    /// - Throws: `reservedBits`, `unknownOpcode`, `fragmentedControl`, `controlTooLong`, `unmasked`, `masked`,
    ///   `lengthNotMinimal`, `lengthTooLarge`.
    public static func decode(_ bytes: RawSpan, sentBy sender: WebSocketRole) throws(WebSocketError) -> Decoded {
        let available = bytes.byteCount
        guard available > 0 else { return .needMore(count: 2) }
        let first = byte(bytes, 0)
        if first & 0x70 != 0 { throw .reservedBits }
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else { throw .unknownOpcode }
        let isFinal = first & 0x80 != 0
        if opcode.isControl, !isFinal { throw .fragmentedControl }

        guard available > 1 else { return .needMore(count: 2) }
        let second = byte(bytes, 1)
        let isMasked = second & 0x80 != 0
        if isMasked != (sender == .client) { throw isMasked ? .masked : .unmasked }
        let short = Int(second & 0x7F)
        if opcode.isControl, short > maximumControlPayload { throw .controlTooLong }

        let lengthSize = short < 126 ? 0 : short == 126 ? 2 : 8
        let maskOffset = 2 &+ lengthSize
        let size = maskOffset &+ (isMasked ? 4 : 0)
        guard available >= maskOffset else { return .needMore(count: size) }
        let count = try payloadCount(bytes, short)
        guard available >= size else { return .needMore(count: size) }
        // Sound: the guard above has seen that the four bytes are there.
        let mask = isMasked ? unsafe WebSocketMask(key: load(bytes, maskOffset)) : nil
        let header = WebSocketFrameHeader(isFinal: isFinal, opcode: opcode, mask: mask, payloadCount: count)
        return .header(header, size: size)
    }

    /// The length, of which all bytes are there.
    private static func payloadCount(_ bytes: RawSpan, _ short: Int) throws(WebSocketError) -> Int {
        if short < 126 { return short }
        if short == 126 {
            let count = unsafe Int(UInt16(bigEndian: load(bytes, 2)))
            if count < 126 { throw .lengthNotMinimal }
            return count
        }
        let count = unsafe UInt64(bigEndian: load(bytes, 2))
        if count > UInt64(Int.max) { throw .lengthTooLarge }
        if count < 65536 { throw .lengthNotMinimal }
        return Int(count)
    }

    /// The caller has checked the bounds.
    private static func byte(_ bytes: RawSpan, _ offset: Int) -> UInt8 {
        unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The caller has checked the bounds.
    @unsafe
    private static func load<Value: FixedWidthInteger & BitwiseCopyable>(_ bytes: RawSpan, _ offset: Int) -> Value {
        unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Value.self)
    }

    /// Appends the head, which must have room in `output`.
    public func encode(into output: inout OutputRawSpan) {
        precondition(payloadCount >= 0 && output.freeCapacity >= encodedCount, "no room for a frame's head")
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        output.append(opcode.rawValue | (isFinal ? 0x80 : 0))
        if payloadCount < 126 {
            output.append(UInt8(truncatingIfNeeded: payloadCount) | maskBit)
        } else if payloadCount < 65536 {
            output.append(126 | maskBit)
            // Sound, as below: an integer has no padding.
            unsafe output.append(UInt16(truncatingIfNeeded: payloadCount).bigEndian, as: UInt16.self)
        } else {
            output.append(127 | maskBit)
            unsafe output.append(UInt64(payloadCount).bigEndian, as: UInt64.self)
        }
        if let mask { unsafe output.append(mask.currentKey, as: UInt32.self) }
    }
}
