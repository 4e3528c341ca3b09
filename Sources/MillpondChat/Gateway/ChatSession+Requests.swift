internal import MillpondNet

/// Requests that need the store's answer before the next packet is looked at.
extension ChatSession {
    final func perform(_ logic: LogicPacket, _ bytes: RawSpan) async -> Outcome {
        do throws(StoreError) {
            switch logic.command {
            case .userTalk: return talk(logic, bytes)
            case .acknowledge: return acknowledge(logic, bytes)
            case .groupTalk: return try await talkToUnloadedGroup(logic, bytes)
            case .signIn: respond(to: logic, bytes, .invalidCommand, error: "signed in already")
            case .signOut:
                respond(to: logic, bytes, .success)
                return .end("signed out")
            case .presenceSubscribe: subscribeToPresence(logic, bytes)
            case .presence, .unknown: respond(to: logic, bytes, .notImplemented, error: "NotImplemented")
            default:
                try await query(logic, bytes)
                // Who asks for much at once is read no further until it has taken some.
                try? await channel.flush()
            }
        } catch {
            respond(to: logic, bytes, failure: error)
        }
        return .handled
    }

    private func query(_ logic: LogicPacket, _ bytes: RawSpan) async throws(StoreError) {
        guard let body = logic.body else { return undecodable(logic, bytes) }
        switch logic.command {
        case .offlineIndex: try await offlineIndex(logic, bytes, body)
        case .offlineContent: try await offlineContent(logic, bytes, body)
        case .groupCreate: try await createGroup(logic, bytes, body)
        case .groupJoin, .groupQuit: try await changeMembership(logic, bytes, body)
        case .groupDetail: try await groupDetail(logic, bytes, body)
        case .history: try await history(logic, bytes, body)
        case .groupList: try await listGroups(logic, bytes)
        default: respond(to: logic, bytes, .notImplemented, error: "NotImplemented")
        }
    }

    private func undecodable(_ logic: LogicPacket, _ bytes: RawSpan) {
        respond(to: logic, bytes, .invalidBody, error: "the body can't be decoded")
    }

    private func talkToUnloadedGroup(_ logic: LogicPacket, _ bytes: RawSpan) async throws(StoreError) -> Outcome {
        let group = bytes.string(logic.destination)
        guard !group.isEmpty, group.unicodeScalars.count <= ChatLimits.groupID else { return talk(logic, bytes) }
        // Once more where others have displaced it since.
        for _ in 0..<Self.loadAttempts {
            if gateway.rooms[group] == nil {
                let rooms = gateway.rooms
                try await gateway.store.loadMembers(of: group) { members in
                    if let members { rooms.loaded(group, members: members) }
                }
                guard isOpen else { return .handled }
                if state.contains(.kickedOut) { return refuseKickedOut(logic, bytes) }
                guard gateway.rooms[group] != nil else {
                    respond(to: logic, bytes, .noDestination, error: "no such group")
                    return .handled
                }
            }
            let outcome = talk(logic, bytes)
            guard case .later = outcome else { return outcome }
        }
        respond(to: logic, bytes, failure: StoreError(.overloaded))
        return .handled
    }

    private static let loadAttempts = 3

    // MARK: Offline

    private func offlineIndex(_ logic: LogicPacket, _ bytes: RawSpan, _ body: ByteRange) async throws(StoreError) {
        guard let request = try? MessageIDRequest(bytes, body) else { return undecodable(logic, bytes) }
        let entries = try await gateway.store.offlineIndex(account: account, after: request.messageID)
        // Asking for what follows a message says that it was read.
        if request.messageID != 0 { try await gateway.store.acknowledge(account: account, request.messageID) }
        var answer = ProtobufBuilder()
        for entry in entries {
            answer.message(1) { index in
                index.field(1, entry.messageID)
                index.field(3, entry.sendTime)
                index.field(4, entry.sender)
                index.field(5, entry.group)
            }
        }
        respond(to: logic, bytes, .success, body: answer.bytes)
    }

    private func offlineContent(_ logic: LogicPacket, _ bytes: RawSpan, _ body: ByteRange) async throws(StoreError) {
        guard let request = try? MessageContentRequest(bytes, body), !request.messageIDs.isEmpty else {
            return respond(to: logic, bytes, .invalidBody, error: "1 to 200 messages can be asked for")
        }
        var answer = ProtobufBuilder()
        for content in try await gateway.store.contents(account: account, of: request.messageIDs) {
            answer.message(1) { message in
                message.field(1, content.messageID)
                message.field(2, Int64(content.type))
                message.field(3, content.body)
                message.field(4, content.extra)
            }
        }
        respond(to: logic, bytes, .success, body: answer.bytes)
    }

    // MARK: Groups

    private func createGroup(_ logic: LogicPacket, _ bytes: RawSpan, _ body: ByteRange) async throws(StoreError) {
        guard let request = try? GroupCreateRequest(bytes, body), request.isWithinLimits else {
            return undecodable(logic, bytes)
        }
        // Nobody makes groups in another's name.
        guard request.owner.isEmpty || request.owner == account else { return respond(to: logic, bytes, .unauthorized) }
        var owned = request
        owned.owner = account
        let id = try await gateway.store.createGroup(owned, bytes: bytes.byteCount)
        var notice = ProtobufBuilder()
        notice.field(1, id)
        // All together as much as one request may bring: of a large group the members are to be asked for.
        let namesCount = request.members.reduce(0) { $0 + $1.utf8.count }
        if namesCount * request.members.count <= ChatLimits.notices {
            for member in request.members { notice.element(2, member) }
        }
        let push = PacketHead(of: logic, in: bytes, flag: .push)
        gateway.push(push, body: notice.bytes, to: request.members, from: self)
        var answer = ProtobufBuilder()
        answer.field(1, id)
        respond(to: logic, bytes, .success, body: answer.bytes)
    }

    private func changeMembership(_ logic: LogicPacket, _ bytes: RawSpan, _ body: ByteRange) async throws(StoreError) {
        guard let request = try? GroupMemberRequest(bytes, body), !request.group.isEmpty else {
            return undecodable(logic, bytes)
        }
        guard request.account.isEmpty || request.account == account else {
            return respond(to: logic, bytes, .unauthorized)
        }
        let (rooms, account, group) = (gateway.rooms, self.account, request.group)
        let exists: Bool
        if logic.command == .groupJoin {
            exists = try await gateway.store.join(account: account, group: group) { exists in
                if exists { rooms.joined(account, group) }
            }
        } else {
            exists = try await gateway.store.quit(account: account, group: group) { exists in
                if exists { rooms.quit(account, group) }
            }
        }
        if exists {
            respond(to: logic, bytes, .success)
        } else {
            respond(to: logic, bytes, .noDestination, error: "no such group")
        }
    }

    private func groupDetail(_ logic: LogicPacket, _ bytes: RawSpan, _ body: ByteRange) async throws(StoreError) {
        guard let request = try? GroupDetailRequest(bytes, body) else { return undecodable(logic, bytes) }
        guard let group = try await gateway.store.groupDetail(request.group, for: account) else {
            return respond(to: logic, bytes, .noDestination, error: "no such group")
        }
        let mayRead = group.id == StoreSchema.lobby || group.owner == account || group.isMember
        guard mayRead else { return respond(to: logic, bytes, .unauthorized) }
        var answer = ProtobufBuilder()
        answer.field(1, group.id)
        answer.field(2, group.name)
        answer.field(3, group.avatar)
        answer.field(4, group.introduction)
        answer.field(5, group.owner)
        for member in group.members where answer.bytes.count < ChatLimits.answer {
            answer.message(6) { entry in
                entry.field(1, member.account)
                entry.field(4, member.joinTime)
            }
        }
        answer.field(7, group.createdAt / 1_000_000_000)
        respond(to: logic, bytes, .success, body: answer.bytes)
    }

    // MARK: The web page's own

    private func subscribeToPresence(_ logic: LogicPacket, _ bytes: RawSpan) {
        gateway.subscribeToPresence(self)
        var answer = ProtobufBuilder()
        for account in gateway.directory.accounts(limit: ChatGateway.presenceLimit)
        where answer.bytes.count < ChatLimits.answer { answer.element(1, account) }
        respond(to: logic, bytes, .success, body: answer.bytes)
    }

    private func history(_ logic: LogicPacket, _ bytes: RawSpan, _ body: ByteRange) async throws(StoreError) {
        guard let request = try? HistoryRequest(bytes, body) else { return undecodable(logic, bytes) }
        guard !request.destination.isEmpty else {
            return respond(to: logic, bytes, .noDestination, error: "no destination")
        }
        let count = Int(request.count <= 0 ? HistoryRequest.limit : min(request.count, HistoryRequest.limit))
        let page: HistoryPage
        if request.isGroup {
            let found = try await gateway.store.history(
                account: account, group: request.destination, before: request.before, limit: count)
            guard let found else { return respond(to: logic, bytes, .unauthorized) }
            page = found
        } else {
            page = try await gateway.store.history(
                account: account, with: request.destination, before: request.before, limit: count)
        }
        var answer = ProtobufBuilder()
        for message in page.messages {
            answer.message(1) { entry in
                entry.field(1, message.messageID)
                entry.field(2, Int64(message.type))
                entry.field(3, message.body)
                entry.field(4, message.extra)
                entry.field(5, message.sender)
                entry.field(6, message.sendTime)
                entry.field(7, message.destination)
            }
        }
        answer.field(2, page.hasEarlier)
        respond(to: logic, bytes, .success, body: answer.bytes)
    }

    private func listGroups(_ logic: LogicPacket, _ bytes: RawSpan) async throws(StoreError) {
        var answer = ProtobufBuilder()
        for group in try await gateway.store.groups(of: account) {
            answer.message(1) { entry in
                entry.field(1, group.id)
                entry.field(2, group.name)
                entry.field(3, Int64(group.memberCount))
            }
        }
        respond(to: logic, bytes, .success, body: answer.bytes)
    }
}

extension GroupCreateRequest {
    /// Whether all lengths are those that KIM's storage has, and the members are named as accounts are.
    var isWithinLimits: Bool {
        !name.isEmpty && name.unicodeScalars.count <= ChatLimits.groupName
            && introduction.unicodeScalars.count <= ChatLimits.introduction
            && avatar.unicodeScalars.count <= ChatLimits.avatar
            && members.allSatisfy {
                !$0.isEmpty && $0.unicodeScalars.count <= ChatLimits.account && $0.isInNormalForm
            }
    }
}
