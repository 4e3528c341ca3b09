/// `MessageReq`: what a user says. The text stays where it is in the packet.
struct MessageRequest: Equatable, Sendable {
    private(set) var type: Int32 = 0
    private(set) var body = ByteRange.empty
    private(set) var extra = ByteRange.empty

    init(_ packet: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(packet, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: type = try reader.int32(field)
            case 2: body = try reader.text(field)
            case 3: extra = try reader.text(field)
            default: try reader.skip(field)
            }
        }
    }
}

/// `LoginReq`: of its fields only the token matters.
struct LoginRequest: Equatable, Sendable {
    private(set) var token = ByteRange.empty

    init(_ packet: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(packet, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: token = try reader.text(field)
            case 2...4: _ = try reader.text(field)
            default: try reader.skip(field)
            }
        }
    }
}

/// `MessageAckReq` and `MessageIndexReq`: a message's number.
struct MessageIDRequest: Equatable, Sendable {
    private(set) var messageID: Int64 = 0

    init(_ packet: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(packet, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: messageID = try reader.int64(field)
            default: try reader.skip(field)
            }
        }
    }
}

/// `MessageContentReq`.
struct MessageContentRequest: Equatable, Sendable {
    static let limit = 200
    private(set) var messageIDs: [Int64] = []

    init(_ packet: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(packet, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: try reader.appendInt64s(field, to: &messageIDs, limit: Self.limit)
            default: try reader.skip(field)
            }
        }
    }
}

/// `GroupCreateReq`.
struct GroupCreateRequest: Equatable, Sendable {
    /// Members that may be named at once.
    static let memberLimit = 10_000
    private(set) var name = ""
    private(set) var avatar = ""
    private(set) var introduction = ""
    var owner = ""
    private(set) var members: [String] = []

    init(_ packet: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(packet, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: name = packet.string(try reader.text(field))
            case 2: avatar = packet.string(try reader.text(field))
            case 3: introduction = packet.string(try reader.text(field))
            case 4: owner = packet.string(try reader.text(field))
            case 5:
                guard members.count < Self.memberLimit else { throw .tooManyElements }
                members.append(packet.string(try reader.text(field)))
            default: try reader.skip(field)
            }
        }
    }
}

/// `GroupJoinReq` and `GroupQuitReq`.
struct GroupMemberRequest: Equatable, Sendable {
    private(set) var account = ""
    private(set) var group = ""

    init(_ packet: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(packet, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: account = packet.string(try reader.text(field))
            case 2: group = packet.string(try reader.text(field))
            default: try reader.skip(field)
            }
        }
    }
}

/// `GroupGetReq`.
struct GroupDetailRequest: Equatable, Sendable {
    private(set) var group = ""

    init(_ packet: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(packet, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: group = packet.string(try reader.text(field))
            default: try reader.skip(field)
            }
        }
    }
}

/// `HistoryReq`: the newest messages of a conversation before one.
struct HistoryRequest: Equatable, Sendable {
    static let limit: Int32 = 200
    private(set) var destination = ""
    private(set) var isGroup = false
    private(set) var before: Int64 = 0
    private(set) var count: Int32 = 0

    init(_ packet: RawSpan, _ range: ByteRange) throws(PacketError) {
        var reader = ProtobufReader(packet, range)
        while let field = try reader.next() {
            switch field.number {
            case 1: destination = packet.string(try reader.text(field))
            case 2: isGroup = try reader.bool(field)
            case 3: before = try reader.int64(field)
            case 4: count = try reader.int32(field)
            default: try reader.skip(field)
            }
        }
    }
}
