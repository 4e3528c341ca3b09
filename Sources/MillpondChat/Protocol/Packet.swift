/// A packet as it came: where its parts lie. Nothing is copied.
enum Packet: Equatable, Sendable {
    case logic(LogicPacket)
    case ping
    case pong

    static let logicMagic: UInt32 = 0xC311_A365
    static let basicMagic: UInt32 = 0xC315_A765
    /// Bytes of a packet's header. Names of at most 60 characters and metas of no meaning need no more.
    static let maximumHeader = 16 << 10

    /// Finds the parts of a packet that fills `bytes`.
    ///
    /// - Throws: when the header can't be read. A broken body is told by `LogicPacket.body`, so that it can be
    ///   answered.
    init(_ bytes: RawSpan) throws(PacketError) {
        guard bytes.byteCount >= 8 else { throw .truncated }
        switch bytes.bigEndian(at: 0) {
        case Packet.logicMagic: self = .logic(try LogicPacket(bytes))
        case Packet.basicMagic:
            let word = bytes.bigEndian(at: 4)
            let count = Int(word & 0xFFFF)
            if bytes.byteCount < 8 + count { throw .truncated }
            if bytes.byteCount > 8 + count { throw .trailingBytes }
            switch word >> 16 {
            case 1: self = .ping
            case 2: self = .pong
            default: throw .unknownBasicCode
            }
        default: throw .unknownMagic
        }
    }
}

/// The parts of a logic packet.
struct LogicPacket: Equatable, Sendable {
    private(set) var command = ChatCommand.unknown
    private(set) var commandName = ByteRange.empty
    private(set) var channelID = ByteRange.empty
    private(set) var destination = ByteRange.empty
    private(set) var sequence: UInt32 = 0
    private(set) var flag: Int32 = 0
    private(set) var status: Int32 = 0
    /// Nil when its length does not fit the packet.
    private(set) var body: ByteRange?

    init(_ bytes: RawSpan) throws(PacketError) {
        guard bytes.byteCount >= 8 else { throw .truncated }
        let headerCount = Int(bytes.bigEndian(at: 4))
        guard headerCount <= Packet.maximumHeader else { throw .headerTooLong }
        guard headerCount <= bytes.byteCount - 8 else { throw .truncated }
        let bodyStart = 8 + headerCount
        try readHeader(bytes, ByteRange(8..<bodyStart))
        guard bytes.byteCount >= bodyStart + 4 else { return }
        let bodyCount = Int(bytes.bigEndian(at: bodyStart))
        guard bodyCount == bytes.byteCount - bodyStart - 4 else { return }
        body = ByteRange(bodyStart + 4..<bytes.byteCount)
    }

    private mutating func readHeader(_ bytes: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(bytes, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: commandName = try reader.text(field)
            case 2: channelID = try reader.text(field)
            case 3: sequence = try reader.uint32(field)
            case 4: flag = try reader.int32(field)
            case 5: status = try reader.int32(field)
            case 6: destination = try reader.text(field)
            // Metas are internal to KIM's servers and never trusted: their form is checked, their content is not read.
            case 7: _ = try reader.block(field)
            default: try reader.skip(field)
            }
        }
        command = ChatCommand(bytes.at(commandName))
    }
}
