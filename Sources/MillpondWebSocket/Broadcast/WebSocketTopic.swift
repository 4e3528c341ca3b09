internal import MillpondNet
internal import Synchronization

/// A set of connections that get the same messages.
///
/// A message is encoded once. Publishing costs one append for each member, and one message to each reactor that has
/// any; all that a member gets in a turn leaves in one system call. Members leave by themselves when they close.
///
/// Thread-safe, except that a connection joins and leaves on its own reactor.
public final class WebSocketTopic: Sendable {
    private let locals = Mutex<[LocalTopic]>([])

    public init() {}

    /// Sends a frame to all members, in the order of the calls for those of the same thread. A member whose outbox is
    /// full is treated as its channel's policy says.
    public func publish(_ frame: consuming WebSocketFrame) {
        let locals = self.locals.withLock { $0 }
        guard let last = locals.last else { return }
        for local in locals.dropLast() { local.deliver(frame.clone()) }
        last.deliver(frame)
    }

    /// The part of the topic that belongs to a reactor.
    fileprivate func local(of reactor: Reactor) -> LocalTopic {
        locals.withLock { locals in
            if let local = locals.first(where: { $0.reactor === reactor }) { return local }
            let local = LocalTopic(reactor)
            locals.append(local)
            return local
        }
    }

    /// The part of the topic that belongs to a reactor, if any of its connections ever joined.
    fileprivate func existingLocal(of reactor: Reactor) -> LocalTopic? {
        locals.withLock { locals in locals.first { $0.reactor === reactor } }
    }
}

/// The members of a topic on one reactor.
// Sound: members are read and written on the reactor's thread only.
final class LocalTopic: @unchecked Sendable {
    let reactor: Reactor
    @safe @exclusivity(unchecked) private var members: [WebSocket] = []
    @safe @exclusivity(unchecked) private var positions: [ObjectIdentifier: Int] = [:]

    init(_ reactor: Reactor) { self.reactor = reactor }

    func add(_ socket: WebSocket) -> Bool {
        guard positions[ObjectIdentifier(socket)] == nil else { return false }
        positions[ObjectIdentifier(socket)] = members.count
        members.append(socket)
        return true
    }

    func remove(_ socket: WebSocket) {
        guard let position = positions.removeValue(forKey: ObjectIdentifier(socket)) else { return }
        let last = members.removeLast()
        if last !== socket {
            members[position] = last
            positions[ObjectIdentifier(last)] = position
        }
    }

    func deliver(_ frame: consuming WebSocketFrame) {
        if reactor.isCurrent { return send(frame) }
        let box = FrameBox(frame)
        reactor.post { _ in self.send(box.frame) }
    }

    private func send(_ frame: borrowing WebSocketFrame) {
        // A member that is closed by its outbox's policy leaves at the end of the turn, not here. What one refuses is
        // no concern of the others.
        for member in members { try? member.send(frame) }
    }
}

/// Carries a frame to another thread.
private final class FrameBox: Sendable {
    let frame: WebSocketFrame

    init(_ frame: consuming WebSocketFrame) { self.frame = frame }
}

extension WebSocket {
    /// Joins a topic: what is published there from now on is sent to this connection. Servers only.
    public func subscribe(to topic: WebSocketTopic) {
        precondition(role == .server, "a client must mask each frame anew")
        guard channel.isOpen, !state.contains(.reported) else { return }
        let local = topic.local(of: channel.reactor)
        if local.add(self) { subscriptions.append(local) }
    }

    /// Leaves a topic.
    public func unsubscribe(from topic: WebSocketTopic) {
        guard let local = topic.existingLocal(of: channel.reactor) else { return }
        local.remove(self)
        subscriptions.removeAll { $0 === local }
    }

    func leaveTopics() {
        for local in subscriptions { local.remove(self) }
        subscriptions = []
    }
}
