internal import GRDB
internal import MillpondNet
internal import MillpondPools
internal import Synchronization

/// A request between its arrival and its answer: its packet waits in a block of its own.
class SessionCommand: StoreCommand, @unchecked Sendable {
    final let session: ChatSession
    final let packet: LogicPacket
    private let request: SharedBytes

    init(session: ChatSession, request: consuming SharedBytes, packet: LogicPacket) {
        self.session = session
        self.request = request
        self.packet = packet
        super.init(reactor: session.channel.reactor)
    }

    /// Shows the packet's bytes.
    final func withBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
        // Sound: the block belongs to this command, which outlives the call.
        try unsafe request.withUnsafeBytes { try body(unsafe RawSpan(_unsafeBytes: $0)) }
    }
}

/// A message between its arrival and its answer: stored, then pushed, then answered.
// Sound: as for its superclass.
final class TalkCommand: SessionCommand, @unchecked Sendable {
    private let message: MessageRequest
    private let room: Room?
    private var messageID: Int64 = 0
    private var sendTime: Int64 = 0

    init(
        session: ChatSession, request: consuming SharedBytes, packet: LogicPacket, message: MessageRequest, room: Room?
    ) {
        self.message = message
        self.room = room
        room?.beginUse()
        super.init(session: session, request: request, packet: packet)
    }

    // Also one that the store has refused; pushes on other reactors refer to it until they are made.
    deinit { room?.endUse() }

    override func execute(_ writer: StoreWriter, _ database: Database) throws {
        let account = session.account
        messageID = try withBytes { bytes in
            let stored = unsafe StoredMessage(
                sender: account.utf8Span.span.bytes, destination: bytes.at(packet.destination), type: message.type,
                body: bytes.at(message.body), extra: bytes.at(message.extra))
            return try room == nil ? writer.storeUserMessage(stored) : writer.storeGroupMessage(stored)
        }
        sendTime = writer.now
    }

    override func completed() {
        withBytes { bytes in
            if let failure {
                session.respond(to: packet, bytes, failure: failure)
            } else {
                push(bytes)
                answer(bytes)
            }
        }
        session.settle()
    }

    private func answer(_ bytes: RawSpan) {
        let head = PacketHead(of: packet, in: bytes, flag: .response)
        let count = ProtobufSize.field(messageID) + ProtobufSize.field(sendTime)
        session.gateway.counters.answered(.success)
        session.send(count: head.packetCount(body: count)) { output in
            head.encode(bodyCount: count, into: &output)
            output.putField(1, messageID)
            output.putField(2, sendTime)
        }
    }

    // MARK: Pushing

    private func push(_ bytes: RawSpan) {
        if let room {
            pushToGroup(room, bytes)
        } else if let receiver = session.gateway.directory[bytes.string(packet.destination)], receiver !== session {
            pushToUser(receiver, bytes)
        }
    }

    private func pushToUser(_ receiver: ChatSession, _ bytes: RawSpan) {
        session.gateway.counters.pushed(1)
        if receiver.channel.reactor.isCurrent {
            receiver.send(count: pushCount(bytes)) { self.encodePush(bytes, into: &$0) }
            return
        }
        // There its session knows whether it is still open; the packet is encoded into its outbox, from this command.
        receiver.channel.reactor.post { _ in
            self.withBytes { bytes in
                receiver.send(count: self.pushCount(bytes)) { self.encodePush(bytes, into: &$0) }
            }
        }
    }

    /// Every reactor serves its own members; one that has none is not woken.
    private func pushToGroup(_ room: Room, _ bytes: RawSpan) {
        let reactors = session.gateway.reactors
        for reactor in reactors
        where !reactor.isCurrent && room.locals[reactor.index].mayHaveSubscribers {
            reactor.post { reactor in self.withBytes { self.pushLocally(room.locals[reactor.index], $0) } }
        }
        if let reactor { pushLocally(room.locals[reactor.index], bytes) }
    }

    private func pushLocally(_ local: LocalRoom, _ bytes: RawSpan) {
        let count = pushCount(bytes)
        var frames = PushFrames()
        var pushed = 0
        for receiver in local.subscribers where receiver !== session {
            let frame = frames.frame(receiver.style, count: count) { self.encodePush(bytes, into: &$0) }
            guard let frame else {
                receiver.missed()
                continue
            }
            receiver.send(frame: frame)
            pushed += 1
        }
        session.gateway.counters.pushed(pushed)
    }

    private func pushBodyCount(_ bytes: RawSpan) -> Int {
        ProtobufSize.field(messageID) + ProtobufSize.field(Int64(message.type))
            + ProtobufSize.field(count: Int(message.body.count)) + ProtobufSize.field(count: Int(message.extra.count))
            + ProtobufSize.field(count: session.account.utf8.count) + ProtobufSize.field(sendTime)
    }

    private func pushCount(_ bytes: RawSpan) -> Int {
        PacketHead(of: packet, in: bytes, flag: .push).packetCount(body: pushBodyCount(bytes))
    }

    private func encodePush(_ bytes: RawSpan, into output: inout OutputRawSpan) {
        let account = session.account
        PacketHead(of: packet, in: bytes, flag: .push).encode(bodyCount: pushBodyCount(bytes), into: &output)
        output.putField(1, messageID)
        output.putField(2, Int64(message.type))
        output.putField(3, bytes.at(message.body))
        output.putField(4, bytes.at(message.extra))
        unsafe output.putField(5, account.utf8Span.span.bytes)
        output.putField(6, sendTime)
    }
}

/// An acknowledgement between its arrival and its answer.
// Sound: as for its superclass.
final class AcknowledgeCommand: SessionCommand, @unchecked Sendable {
    private let messageID: Int64

    init(session: ChatSession, request: consuming SharedBytes, packet: LogicPacket, messageID: Int64) {
        self.messageID = messageID
        super.init(session: session, request: request, packet: packet)
    }

    override func execute(_ writer: StoreWriter, _ database: Database) throws {
        try writer.acknowledge(session.account, messageID)
    }

    override func completed() {
        withBytes { bytes in
            if let failure {
                session.respond(to: packet, bytes, failure: failure)
            } else {
                session.respond(to: packet, bytes, .success)
            }
        }
        session.settle()
    }
}
