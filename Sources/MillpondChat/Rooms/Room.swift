internal import MillpondNet
internal import Synchronization

/// A group that has been talked to: who is in it, and which of its members are online on each reactor.
///
/// Who is in it changes on the store's writer thread only, in the order of the commits.
final class Room: Sendable {
    let id: String
    private let members: Mutex<Set<String>>
    let locals: [LocalRoom]
    /// When it was last used, by the table's clock.
    let lastUse = Atomic<UInt64>(0)
    /// Messages to it that wait for their commit.
    private let uses = Atomic<Int>(0)

    init(id: String, members: [String], reactors: Int) {
        self.id = id
        self.members = Mutex(Set(members))
        locals = (0..<reactors).map { _ in LocalRoom() }
    }

    /// A message is on its way: until it is pushed the room stays in memory.
    func beginUse() { uses.wrappingAdd(1, ordering: .relaxed) }
    func endUse() { uses.wrappingSubtract(1, ordering: .relaxed) }
    var isInUse: Bool { uses.load(ordering: .relaxed) > 0 }

    func contains(_ account: String) -> Bool { members.withLock { $0.contains(account) } }
    func insert(_ account: String) { _ = members.withLock { $0.insert(account) } }
    func remove(_ account: String) { _ = members.withLock { $0.remove(account) } }
    var allMembers: [String] { members.withLock { Array($0) } }
}

/// The members of a group that are online on one reactor, whose thread alone uses it.
// Sound: confined to a reactor.
final class LocalRoom: @unchecked Sendable {
    @safe @exclusivity(unchecked) private(set) var subscribers: [ChatSession] = []
    @safe @exclusivity(unchecked) private var positions: [ObjectIdentifier: Int] = [:]
    private let count = Atomic<Int>(0)
    /// Changes that the writer has posted and the reactor has not yet made.
    private let changesUnderWay = Atomic<Int>(0)

    /// Whether a push must be posted to the reactor: one without members is not woken. From any thread; knows of every
    /// change whose commit the caller knows of.
    var mayHaveSubscribers: Bool {
        // In this order: a change that is made has been counted.
        changesUnderWay.load(ordering: .acquiring) > 0 || count.load(ordering: .relaxed) > 0
    }

    /// The writer, before it posts a change.
    func changeBegins() { changesUnderWay.wrappingAdd(1, ordering: .relaxed) }
    /// The reactor, after it has made the change.
    func changeEnds() { changesUnderWay.wrappingSubtract(1, ordering: .releasing) }

    func add(_ session: ChatSession) {
        guard positions[ObjectIdentifier(session)] == nil else { return }
        positions[ObjectIdentifier(session)] = subscribers.count
        subscribers.append(session)
        count.store(subscribers.count, ordering: .relaxed)
    }

    func remove(_ session: ChatSession) {
        guard let position = positions.removeValue(forKey: ObjectIdentifier(session)) else { return }
        let last = subscribers.removeLast()
        if last !== session {
            subscribers[position] = last
            positions[ObjectIdentifier(last)] = position
        }
        count.store(subscribers.count, ordering: .relaxed)
    }
}

/// What one reactor knows of its sessions and of the groups they may be in.
// Sound: confined to a reactor.
final class ReactorRooms: @unchecked Sendable {
    @safe @exclusivity(unchecked) private var sessions: [String: ChatSession] = [:]
    @safe @exclusivity(unchecked) private var interests: [String: [LocalRoom]] = [:]
    /// Sessions that are told who comes and goes.
    @safe @exclusivity(unchecked) private(set) var presenceSubscribers: [ObjectIdentifier: ChatSession] = [:]

    func signedIn(_ session: ChatSession) {
        if let older = sessions.updateValue(session, forKey: session.account) { leaveRooms(older) }
        for room in interests[session.account] ?? [] { room.add(session) }
    }

    func signedOut(_ session: ChatSession) {
        presenceSubscribers[ObjectIdentifier(session)] = nil
        leaveRooms(session)
        if sessions[session.account] === session { sessions[session.account] = nil }
    }

    private func leaveRooms(_ session: ChatSession) {
        for room in interests[session.account] ?? [] { room.remove(session) }
    }

    func subscribeToPresence(_ session: ChatSession) {
        presenceSubscribers[ObjectIdentifier(session)] = session
    }

    func open(_ room: LocalRoom, members: [String]) {
        for account in members { join(account, room) }
    }

    func close(_ room: LocalRoom, members: [String]) {
        for account in members { quit(account, room) }
    }

    func join(_ account: String, _ room: LocalRoom) {
        if interests[account]?.contains(where: { $0 === room }) != true { interests[account, default: []].append(room) }
        if let session = sessions[account] { room.add(session) }
    }

    func quit(_ account: String, _ room: LocalRoom) {
        interests[account]?.removeAll { $0 === room }
        if interests[account]?.isEmpty == true { interests[account] = nil }
        if let session = sessions[account] { room.remove(session) }
    }
}
