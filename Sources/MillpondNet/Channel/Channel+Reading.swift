internal import CMillpond
internal import Glibc
public import MillpondIO

extension Channel {
    /// How long a read, or the parked connection, waits for the peer. Takes effect with the next wait.
    public var readTimeout: Duration {
        get { .nanoseconds(Int64(clamping: readTimeoutNanoseconds)) }
        set { readTimeoutNanoseconds = newValue.clampedNanoseconds }
    }

    /// Sets one deadline for all reads from now on, however many: what stops a peer that sends a byte at a time. Nil
    /// returns to ``readTimeout``, which starts anew with each wait. Does nothing once the connection lingers, which
    /// has a deadline of its own.
    public func setReadDeadline(_ timeout: Duration?) {
        guard state.isDisjoint(with: [.lingering, .closed]) else { return }
        if let timeout {
            setReadDeadline(at: reactor.now &+ timeout.clampedNanoseconds)
        } else {
            clearReadDeadline()
            // A wait that is under way has its own from now on.
            if unsafe readWaiter != nil || isParked { beginReadWait() }
        }
    }

    /// The same by a moment of ``Reactor/monotonicNanoseconds``.
    package func setReadDeadline(at moment: UInt64) {
        guard state.isDisjoint(with: [.lingering, .closed]) else { return }
        state.insert(.explicitReadDeadline)
        readDeadline = moment
        // A wait that is under way has armed the timer for its own.
        if unsafe readWaiter != nil || isParked { armTimer() }
    }

    func clearReadDeadline() {
        guard !state.contains(.lingering) else { return }
        state.remove(.explicitReadDeadline)
        readDeadline = 0
    }

    /// Bytes that the peer has sent and nobody has read yet, by the kernel's account.
    public var unreadInputCount: Int { isOpen ? Int(mp_unread_bytes(id.descriptor)) : 0 }

    /// Whether a deadline set with ``setReadDeadline(_:)`` is in force.
    public var hasReadDeadline: Bool { state.contains(.explicitReadDeadline) }

    /// When the deadline of ``setReadDeadline(_:)`` is, in the reactor's nanoseconds; 0 without one. By it whoever has
    /// set one finds out whether it is still that one.
    package var readDeadlineMoment: UInt64 { hasReadDeadline ? readDeadline : 0 }

    /// Reads what is there. Sets `errno` aside for the reactor's own calls.
    func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        if state.contains(.closed) { throw closedError() }
        guard state.contains(.readable) else { return .wouldBlock }
        let descriptor = id.descriptor
        let (count, capacity) = unsafe output.withUnsafeMutableBytes { buffer, initialized in
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[initialized...])
            var count: Int
            repeat {
                count = unsafe mp_recv(descriptor, room.baseAddress, room.count)
            } while count < 0 && errno == EINTR
            if count > 0 { initialized += count }
            return (count, room.count)
        }
        if count < 0 {
            let code = errno
            if code == EAGAIN {
                state.remove(.readable)
                return .wouldBlock
            }
            throw .system(errno: code, operation: "recv")
        }
        if count == 0 {
            state.insert(.peerClosed)
            return .endOfStream
        }
        // A short read has emptied the socket; only the end of the stream, which was announced, can be behind it.
        if count < capacity, !state.contains(.peerClosed) { state.remove(.readable) }
        return .bytes(count)
    }

    /// Suspends until a read may find something.
    ///
    /// - Throws: `IOError.timedOut`, `.closed`, `CancellationError`.
    func waitUntilReadable() async throws {
        reactor.preconditionIsCurrent()
        if state.contains(.closed) { throw closedError() }
        if state.contains(.readable) { return }
        if unsafe readWaiter != nil { fatalError("two tasks wait to read from one connection") }
        try Task.checkCancellation()
        beginReadWait()
        let reference = self.reference
        readWaitNumber &+= 1
        let number = readWaitNumber
        await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                unsafe readWaiter = continuation
            }
        } onCancel: {
            reference.cancel(.read, number: number)
        }
        if state.contains(.readCancelled) {
            state.remove(.readCancelled)
            throw CancellationError()
        }
        if state.contains(.readTimedOut) {
            state.remove(.readTimedOut)
            throw IOError.timedOut
        }
        if state.contains(.closed) { throw closedError() }
    }

    func beginReadWait() {
        if !state.contains(.explicitReadDeadline) { readDeadline = reactor.now &+ readTimeoutNanoseconds }
        armTimer()
    }

    /// The error that a use of the closed connection throws.
    func closedError() -> IOError {
        switch closeReason {
        case .readTimedOut, .writeTimedOut, .connectTimedOut: .timedOut
        case .outboxOverflow: .backlogExceeded(limit: limits.outboxLimit)
        case .system(let code): .system(errno: code, operation: "connection")
        default: .closed
        }
    }

    /// Throws away what the peer still sends after this side has finished.
    func discardInput() {
        let descriptor = id.descriptor
        unsafe withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { scratch in
            // Bounded for a turn; what is left is found by the deadline or the next event.
            for _ in 0..<16 {
                let count = unsafe mp_recv(descriptor, scratch.baseAddress, scratch.count)
                if count > 0 { continue }
                if count < 0, errno == EAGAIN || errno == EINTR { return }
                return end(.finished)
            }
            // A peer that sends faster than it is discarded is not waiting for the last bytes.
            end(.finished)
        }
    }
}

/// The reading half of a connection, for a `BufferedReader`.
///
/// Use it on the channel's reactor only, and one at a time.
public struct SocketSource: ByteSource, ~Copyable {
    /// The connection that is read.
    public let channel: Channel

    public init(_ channel: Channel) {
        self.channel = channel
    }

    public mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        try channel.read(into: &output)
    }

    public mutating func waitUntilReadable() async throws {
        try await channel.waitUntilReadable()
    }

    public mutating func transferDescriptor() throws(IOError) -> Int32? {
        guard channel.isOpen else { throw channel.closedError() }
        return channel.id.descriptor
    }

    public mutating func transferStopped(errno: Int32) {
        channel.receivingStopped(errno)
    }
}
