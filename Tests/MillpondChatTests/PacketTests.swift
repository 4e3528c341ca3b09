import Testing

@testable import MillpondChat

/// Parsing of packets that nobody should send.
struct PacketTests {
    private func parse(_ bytes: [UInt8]) -> Result<Packet, PacketError> {
        bytes.withUnsafeBytes { buffer in
            do throws(PacketError) { return .success(try Packet(RawSpan(_unsafeBytes: buffer))) } catch {
                return .failure(error)
            }
        }
    }

    private let talk = Packets.logic("chat.user.talk", Wire().number(1, 1).text(2, "hello"), to: "anna")

    @Test func aWholePacketIsRead() throws {
        guard case .logic(let packet) = try parse(talk).get() else { return #expect(Bool(false)) }
        #expect(packet.command == .userTalk && packet.sequence == 2 && packet.flag == 0)
        talk.withUnsafeBytes { buffer in
            let bytes = RawSpan(_unsafeBytes: buffer)
            #expect(bytes.string(packet.destination) == "anna")
            let message = try? MessageRequest(bytes, packet.body ?? .empty)
            #expect(message?.type == 1 && bytes.string(message?.body ?? .empty) == "hello")
        }
    }

    @Test func noPrefixIsAWholePacket() {
        for count in 0..<talk.count {
            switch parse(Array(talk[..<count])) {
            case .failure: break
            case .success(.logic(let packet)): #expect(packet.body == nil)
            case .success: #expect(Bool(false))
            }
        }
    }

    @Test(arguments: [
        ([0, 0, 0, 0, 0, 0, 0, 0] as [UInt8], PacketError.unknownMagic),
        ([0xC3, 0x11, 0xA3, 0x65, 0xFF, 0xFF, 0xFF, 0xFF], .headerTooLong),
        ([0xC3, 0x11, 0xA3, 0x65, 0, 0, 0, 9, 0, 0, 0, 0], .truncated),
        ([0xC3, 0x15, 0xA7, 0x65, 0, 3, 0, 0], .unknownBasicCode),
        ([0xC3, 0x15, 0xA7, 0x65, 0, 1, 0, 1], .truncated),
        ([0xC3, 0x15, 0xA7, 0x65, 0, 1, 0, 0, 7], .trailingBytes),
        // A command that is a number, text that is none, a field 0, a group, an endless number.
        (Packets.logic(header: [0x08, 1], body: []), .wrongWireType),
        (Packets.logic(header: [0x0A, 2, 0xC0, 0x80], body: []), .invalidUTF8),
        (Packets.logic(header: [0x0A, 2, 0x61, 0], body: []), .nulInText),
        (Packets.logic(header: [0x00, 1], body: []), .invalidFieldNumber),
        (Packets.logic(header: [0x4B], body: []), .wrongWireType),
        (Packets.logic(header: [0x18] + [UInt8](repeating: 0xFF, count: 11), body: []), .varintTooLong),
        (Packets.logic(header: [0x0A, 0x7F], body: []), .truncated),
        (Packets.logic(header: [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], body: []), .truncated),
        (Packets.logic(header: [0x0A, 0x80], body: []), .truncated),
    ])
    func malformedHeadersAreRefused(_ bytes: [UInt8], _ expected: PacketError) {
        #expect(parse(bytes) == .failure(expected))
    }

    @Test func aBodyThatDoesNotFitIsTold() throws {
        for body in [[0, 0, 0, 9, 1], [0, 0, 0, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF]] as [[UInt8]] {
            let header = Wire().text(1, "chat.user.talk").bytes
            let bytes = [0xC3, 0x11, 0xA3, 0x65] + Packets.word(header.count) + header + body
            guard case .logic(let packet) = try parse(bytes).get() else { return #expect(Bool(false)) }
            #expect(packet.body == nil && packet.command == .userTalk)
        }
    }

    @Test func unknownFieldsAreSkipped() throws {
        let header =
            Wire().text(1, "chat.talk.ack").data(7, [1]).number(99, -1).text(50, "x").bytes + [0x7D, 1, 2, 3, 4]
        guard case .logic(let packet) = try parse(Packets.logic(header: header, body: [])).get() else { return }
        #expect(packet.command == .acknowledge)
    }

    @Test func numbersAreReadPackedOrNot() throws {
        var packed = Wire()
        for id in [1, 300, -5] as [Int64] { packed.varint(UInt64(bitPattern: id)) }
        for body in [Wire().data(1, packed.bytes), Wire().number(1, 1).number(1, 300).number(1, -5)] {
            body.bytes.withUnsafeBytes { buffer in
                let bytes = RawSpan(_unsafeBytes: buffer)
                let request = try? MessageContentRequest(bytes, ByteRange(0..<buffer.count))
                #expect(request?.messageIDs == [1, 300, -5])
            }
        }
    }

    @Test func changedBytesNeverTrap() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = talk
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...8, using: &generator)) }
            bytes.withUnsafeBytes { _ = PacketFuzzing.parse(RawSpan(_unsafeBytes: $0)) }
        }
    }

    @Test func sizesAreThoseOfWhatIsWritten() {
        for value in [0, 1, 127, 128, 16_383, 16_384, 1 << 35, Int64.max, -1] as [Int64] {
            var builder = ProtobufBuilder()
            builder.field(1, value)
            #expect(builder.bytes.count == ProtobufSize.field(value))
            #expect(Fields(builder.bytes).number(1) == value)
        }
    }
}
