internal import MillpondNet
internal import MillpondPools

extension ChatSession {
    /// A message, on its way to the store. `later` when it can't be refused yet or its group is not in memory.
    final func talk(_ logic: LogicPacket, _ bytes: RawSpan) -> Outcome {
        let isGroup = logic.command == .groupTalk
        let longest = isGroup ? ChatLimits.groupID : ChatLimits.account
        let destination = bytes.at(logic.destination)
        guard destination.byteCount > 0, destination.byteCount <= longest || destination.scalarCount <= longest else {
            return refuse(logic, bytes, .noDestination, "no destination")
        }
        guard bytes.isInNormalForm(logic.destination) else {
            return refuse(logic, bytes, .noDestination, "the destination is not in Unicode's normal form C")
        }
        guard let body = logic.body, let message = try? MessageRequest(bytes, body) else {
            return refuse(logic, bytes, .invalidBody, "MessageReq can't be decoded")
        }
        guard fits(bytes.at(message.body), ChatLimits.body), fits(bytes.at(message.extra), ChatLimits.extra) else {
            return refuse(logic, bytes, .invalidBody, "the message is too long")
        }
        var room: Room?
        if isGroup {
            // One that was never talked to is loaded first.
            guard let known = gateway.rooms[bytes.string(logic.destination)] else { return .later }
            guard gateway.options.openGroups || known.contains(account) else {
                return refuse(logic, bytes, .unauthorized, "")
            }
            room = known
        }
        do throws(StoreError) {
            let copy: SharedBytes
            do { copy = try SharedBytes(copying: bytes) } catch { throw StoreError(.overloaded) }
            try submit(
                TalkCommand(session: self, request: copy, packet: logic, message: message, room: room),
                bytes: max(512, bytes.byteCount))
        } catch {
            return refuse(logic, bytes, .systemException, error.reason)
        }
        gateway.counters.message()
        return .handled
    }

    /// Refuses a request, once nothing before it is unanswered.
    private func refuse(_ logic: LogicPacket, _ bytes: RawSpan, _ status: ChatStatus, _ error: String) -> Outcome {
        guard mayRefuse else { return .later }
        respond(to: logic, bytes, status, error: error)
        return .handled
    }

    private func fits(_ text: RawSpan, _ limit: Int) -> Bool {
        text.byteCount <= limit || text.scalarCount <= limit
    }

    final func acknowledge(_ logic: LogicPacket, _ bytes: RawSpan) -> Outcome {
        guard let body = logic.body, let request = try? MessageIDRequest(bytes, body) else {
            return refuse(logic, bytes, .invalidBody, "MessageAckReq can't be decoded")
        }
        do throws(StoreError) {
            let copy: SharedBytes
            do { copy = try SharedBytes(copying: bytes) } catch { throw StoreError(.overloaded) }
            try submit(
                AcknowledgeCommand(session: self, request: copy, packet: logic, messageID: request.messageID),
                bytes: 512)
        } catch {
            return refuse(logic, bytes, .systemException, error.reason)
        }
        return .handled
    }
}
