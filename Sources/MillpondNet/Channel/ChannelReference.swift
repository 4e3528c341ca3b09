public import MillpondPools

/// A connection as seen from other threads: it may be kept anywhere and outlives the connection.
///
/// A push for a connection that is gone is dropped.
public struct ChannelReference: Sendable, Hashable {
    /// The reactor that the connection lives on.
    public let reactor: Reactor
    /// Its name there.
    public let id: ChannelID

    /// Queues bytes in the connection's outbox: at once on its own reactor, else with the reactor's next mail. Never
    /// waits. What the outbox's policy refuses is dropped.
    public func send(_ bytes: consuming SharedBytes) {
        if reactor.isCurrent {
            reactor.table.channel(id)?.deliver(bytes)
        } else {
            _ = reactor.mailbox.post(.send(id, bytes))
        }
    }

    /// Closes the connection, if it is still there.
    public func close(_ reason: CloseReason = .finished) {
        if reactor.isCurrent {
            reactor.table.channel(id)?.end(reason)
        } else {
            _ = reactor.mailbox.post(.close(id, reason))
        }
    }

    /// The connection itself; nil when it is gone. On its reactor only.
    public var channel: Channel? {
        reactor.preconditionIsCurrent()
        return reactor.table.channel(id).flatMap { $0.isOpen ? $0 : nil }
    }

    func cancel(_ kind: WaitKind, number: UInt16) {
        // By mail even on the same thread: the waiter is not in place yet when the task was cancelled beforehand.
        _ = reactor.mailbox.post(.cancelWait(id, kind, number))
    }

    public static func == (left: ChannelReference, right: ChannelReference) -> Bool {
        left.id == right.id && left.reactor === right.reactor
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(ObjectIdentifier(reactor))
    }
}
