internal import MillpondNet
internal import Synchronization

/// The groups in memory. A group is loaded when it is first talked to, and the least recently used ones are dropped.
///
/// Rooms appear and change on the store's writer thread only, in the order of the commits, and each reactor gets the
/// same changes in the same order.
final class RoomTable: Sendable {
    static let limit = 4096

    private let rooms = Mutex<[String: Room]>([:])
    private let clock = Atomic<UInt64>(0)
    private let reactors: [Reactor]
    /// By the reactor's index.
    let locals: [ReactorRooms]

    init(reactors: [Reactor]) {
        self.reactors = reactors
        locals = reactors.map { _ in ReactorRooms() }
    }

    subscript(id: String) -> Room? {
        guard let room = rooms.withLock({ $0[id] }) else { return nil }
        room.lastUse.store(clock.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
        return room
    }

    // MARK: The store's writer thread

    /// A group was read. Does nothing when it is there already.
    func loaded(_ id: String, members: [String]) {
        let room = Room(id: id, members: members, reactors: reactors.count)
        room.lastUse.store(clock.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
        let (isNew, evicted) = rooms.withLock { rooms in
            if rooms[id] != nil { return (false, nil as Room?) }
            var evicted: Room?
            if rooms.count >= Self.limit {
                // As many more as there are messages on their way, which are bounded, may be there.
                let oldest = rooms.values.lazy.filter { !$0.isInUse }.min {
                    $0.lastUse.load(ordering: .relaxed) < $1.lastUse.load(ordering: .relaxed)
                }
                evicted = oldest.flatMap { rooms.removeValue(forKey: $0.id) }
            }
            rooms[id] = room
            return (true, evicted)
        }
        guard isNew else { return }
        change(room) { locals, room in locals.open(room, members: members) }
        if let evicted {
            let members = evicted.allMembers
            change(evicted) { locals, room in locals.close(room, members: members) }
        }
    }

    func joined(_ account: String, _ id: String) {
        guard let room = rooms.withLock({ $0[id] }) else { return }
        room.insert(account)
        change(room) { locals, room in locals.join(account, room) }
    }

    func quit(_ account: String, _ id: String) {
        guard let room = rooms.withLock({ $0[id] }) else { return }
        room.remove(account)
        change(room) { locals, room in locals.quit(account, room) }
    }

    /// Changes the room on every reactor.
    private func change(_ room: Room, _ body: @escaping @Sendable (ReactorRooms, LocalRoom) -> Void) {
        for reactor in reactors {
            let locals = self.locals[reactor.index]
            let local = room.locals[reactor.index]
            local.changeBegins()
            reactor.post { _ in
                body(locals, local)
                local.changeEnds()
            }
        }
    }
}
