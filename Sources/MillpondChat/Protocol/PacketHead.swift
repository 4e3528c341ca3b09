/// The head of a packet to be sent: a response's fields are those of its request, a push's those of its cause.
struct PacketHead: ~Escapable {
    let command: RawSpan
    let channelID: RawSpan
    let destination: RawSpan
    let sequence: UInt32
    let flag: PacketFlag
    let status: ChatStatus

    @_lifetime(copy command, copy channelID, copy destination)
    init(
        command: RawSpan, channelID: RawSpan, destination: RawSpan, sequence: UInt32, flag: PacketFlag,
        status: ChatStatus = .success
    ) {
        self.command = command
        self.channelID = channelID
        self.destination = destination
        self.sequence = sequence
        self.flag = flag
        self.status = status
    }

    /// The head of what answers, or follows from, a packet.
    @_lifetime(copy bytes)
    init(of packet: LogicPacket, in bytes: RawSpan, flag: PacketFlag, status: ChatStatus = .success) {
        self.init(
            command: bytes.at(packet.commandName), channelID: bytes.at(packet.channelID),
            destination: bytes.at(packet.destination), sequence: packet.sequence, flag: flag, status: status)
    }

    /// Bytes of the header message itself.
    private var headerCount: Int {
        ProtobufSize.field(count: command.byteCount) + ProtobufSize.field(count: channelID.byteCount)
            + ProtobufSize.field(Int64(sequence)) + ProtobufSize.field(Int64(flag.rawValue))
            + ProtobufSize.field(Int64(status.rawValue)) + ProtobufSize.field(count: destination.byteCount)
    }

    /// Bytes of a packet with a body of so many.
    func packetCount(body: Int) -> Int { 12 + headerCount + body }

    /// Writes everything before the body.
    func encode(bodyCount: Int, into output: inout OutputRawSpan) {
        output.put(bigEndian: Packet.logicMagic)
        output.put(bigEndian: UInt32(headerCount))
        output.putField(1, command)
        output.putField(2, channelID)
        output.putField(3, Int64(sequence))
        output.putField(4, Int64(flag.rawValue))
        output.putField(5, Int64(status.rawValue))
        output.putField(6, destination)
        output.put(bigEndian: UInt32(bodyCount))
    }
}
