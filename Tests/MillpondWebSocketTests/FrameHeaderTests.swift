import MillpondWebSocket
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct FrameHeaderTests {
    static let lengths = [0, 1, 124, 125, 126, 127, 255, 256, 65535, 65536, 1 << 31, 1 << 32, Int.max]

    private static func decode(_ bytes: [UInt8], _ sender: WebSocketRole) throws -> WebSocketFrameHeader.Decoded {
        unsafe try withBytesBeforeGuardPage(bytes) { buffer in
            let view = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer))
            return try WebSocketFrameHeader.decode(view, sentBy: sender)
        }
    }

    private static func encode(_ header: WebSocketFrameHeader) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: header.encodedCount)
        unsafe bytes.withUnsafeMutableBytes { buffer in
            var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
            header.encode(into: &output)
            let count = unsafe output.finalize(for: buffer)
            #expect(count == buffer.count)
        }
        return bytes
    }

    @Test(arguments: lengths, [WebSocketRole.client, .server])
    func everyLengthComesBackAndEveryPrefixAsksForMore(_ length: Int, _ sender: WebSocketRole) throws {
        let mask = sender == .client ? WebSocketMask(key: 0x0403_0201) : nil
        let header = WebSocketFrameHeader(isFinal: false, opcode: .binary, mask: mask, payloadCount: length)
        let bytes = Self.encode(header)
        #expect(try Self.decode(bytes, sender) == .header(header, size: bytes.count))
        #expect(try Self.decode(bytes + [1, 2, 3], sender) == .header(header, size: bytes.count))
        for end in 0..<bytes.count {
            guard case .needMore(let count) = try Self.decode(Array(bytes[..<end]), sender) else {
                Issue.record("a head from \(end) of \(bytes.count) bytes")
                continue
            }
            #expect(count > end && count <= bytes.count)
            if end >= 2 { #expect(count == bytes.count) }
        }
    }

    @Test(
        arguments: [
            ([0xC2], WebSocketError.Code.reservedBits), ([0xA2], .reservedBits), ([0x92], .reservedBits),
            ([0x83], .unknownOpcode), ([0x87], .unknownOpcode), ([0x8B], .unknownOpcode), ([0x8F], .unknownOpcode),
            ([0x08], .fragmentedControl), ([0x09], .fragmentedControl), ([0x0A], .fragmentedControl),
            ([0x82, 0x05], .unmasked), ([0x89, 0xFE], .controlTooLong), ([0x88, 0xFF], .controlTooLong),
            ([0x82, 0xFE, 0, 125], .lengthNotMinimal), ([0x82, 0xFE, 0, 0], .lengthNotMinimal),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .lengthNotMinimal),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1], .lengthNotMinimal),
            ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], .lengthTooLarge),
            ([0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .lengthTooLarge),
        ] as [([UInt8], WebSocketError.Code)])
    func aBrokenHeadIsRefusedAtItsFirstBadByte(_ bytes: [UInt8], _ code: WebSocketError.Code) {
        let error = #expect(throws: WebSocketError.self) { try Self.decode(bytes, .client) }
        #expect(error?.code == code)
        for end in 0..<bytes.count where code != .lengthNotMinimal {
            #expect(throws: Never.self) { try Self.decode(Array(bytes[..<end]), .client) }
        }
    }

    @Test func aServerMustNotMask() {
        let error = #expect(throws: WebSocketError.self) { try Self.decode([0x82, 0x85], .server) }
        #expect(error?.code == .masked)
    }

    @Test func closeCodes() {
        let sendable: Set<UInt16> = Set([1000, 1001, 1002, 1003] + Array(1007...1014) + Array(3000...4999))
        for value in UInt16.min...UInt16.max {
            let isSendable = WebSocketCloseCode(rawValue: value).isSendable
            if isSendable != sendable.contains(value) { Issue.record("close code \(value)") }
        }
    }
}
