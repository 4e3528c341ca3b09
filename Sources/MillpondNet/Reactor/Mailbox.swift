internal import CMillpond
internal import MillpondPools
import Synchronization

/// What another thread can ask of a reactor.
enum Mail: ~Copyable, Sendable {
    case job(QueuedJob)
    /// Bytes for one connection's outbox.
    case send(ChannelID, SharedBytes)
    case close(ChannelID, CloseReason)
    /// The task in this wait on a connection was cancelled.
    case cancelWait(ChannelID, WaitKind, UInt16)
    case cancelSleep(Sleeper)
    case call(@Sendable (Reactor) -> Void)
}

/// Where other threads leave messages for a reactor: one lock for a batch of any size, one wake-up at most.
///
/// The reactor announces that it is about to sleep, then looks once more; a sender leaves its message, then looks
/// whether the reactor sleeps. Both orders are sequentially consistent, so one of the two sees the other.
final class Mailbox: Sendable {
    private struct State: ~Copyable {
        var messages = Ring<Mail>(capacity: 64)
        var isClosed = false
    }

    private let state = Guarded(State())
    private let hasMail = Atomic(false)
    private let isSleeping = Atomic(false)
    let wakeDescriptor: Int32

    init(wakeDescriptor: Int32) {
        self.wakeDescriptor = wakeDescriptor
    }

    /// Any thread. False, and the message is dropped, once the reactor has stopped.
    func post(_ mail: consuming Mail) -> Bool {
        var slot: Mail? = consume mail
        let isAccepted = state.withLock { state in
            if state.isClosed { return false }
            if let mail = slot.take() { state.messages.append(mail) }
            return true
        }
        guard isAccepted else { return false }
        hasMail.store(true, ordering: .sequentiallyConsistent)
        if isSleeping.load(ordering: .sequentiallyConsistent),
            isSleeping.exchange(false, ordering: .sequentiallyConsistent)
        {
            mp_eventfd_signal(wakeDescriptor)
        }
        return true
    }

    /// The reactor only: exchanges the messages for an empty ring, so that the lock is held for a few instructions.
    func collect(into batch: inout Ring<Mail>) {
        guard hasMail.load(ordering: .acquiring) else { return }
        state.withLock { state in
            hasMail.store(false, ordering: .relaxed)
            swap(&state.messages, &batch)
        }
    }

    /// Whether the reactor has stopped. Any thread.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// The reactor only: refuses mail from now on, unless there is some left to deliver.
    func closeIfEmpty() -> Bool {
        state.withLock { state in
            if state.messages.isEmpty { state.isClosed = true }
            return state.isClosed
        }
    }

    /// The reactor only: true when it may sleep, false when there is mail.
    func prepareToSleep() -> Bool {
        isSleeping.store(true, ordering: .sequentiallyConsistent)
        if hasMail.load(ordering: .sequentiallyConsistent) {
            isSleeping.store(false, ordering: .relaxed)
            return false
        }
        return true
    }

    func awoke() {
        isSleeping.store(false, ordering: .relaxed)
    }
}
