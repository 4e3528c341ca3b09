internal import CMillpond
internal import Glibc
public import MillpondIO
public import MillpondPools

extension Channel {
    /// Bytes in the outbox that are sent at once, in mid-turn: so a long answer does not pile up, and the kernel works
    /// while the rest is made.
    private static let eagerFlushThreshold = 64 << 10
    /// The room that in-place writes ask for, so that those of one turn lie together.
    private static let writeBlockSize = 4096
    /// Segments that one `writev` gathers.
    static let vectorsPerCall = 64

    /// Queues a copy of the bytes. Never waits.
    ///
    /// - Throws: `IOError.backlogExceeded` when the outbox would exceed its bound (see ``OutboxPolicy``);
    ///   `IOError.bufferUnavailable` when the pool refuses a block, which ends the connection. Once that is closed or
    ///   closing, what ended it: `closed`, `timedOut`, `backlogExceeded`, `system`.
    public func write(_ bytes: RawSpan) throws(IOError) {
        try reserve(bytes.byteCount)
        do throws(BlockPoolError) { try outbox.append(copying: bytes) } catch { throw fail(error) }
        queued(bytes.byteCount)
    }

    /// Queues bytes by reference, or as a copy where that is cheaper. Never waits.
    ///
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public func write(_ bytes: consuming SharedBytes) throws(IOError) {
        let count = bytes.count
        try reserve(count)
        do throws(BlockPoolError) { try outbox.append(bytes) } catch { throw fail(error) }
        queued(count)
    }

    /// Queues the bytes of a chain, which changes hands. Never waits.
    ///
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public func write(_ chain: consuming ByteChain) throws(IOError) {
        let count = chain.count
        try reserve(count)
        do throws(BlockPoolError) { try outbox.append(chain) } catch { throw fail(error) }
        queued(count)
    }

    /// Queues the UTF-8 of a literal without copying more than the outbox would.
    public func write(_ literal: StaticString) throws(IOError) {
        try write(SharedBytes(literal))
    }

    /// Queues bytes that are written in place: `body` appends at most `capacity` of them. Never waits.
    ///
    /// - Precondition: `capacity` is positive, and at most 1 MiB, the size of the largest block.
    /// - Throws: as ``write(_:)-(RawSpan)``.
    public func write(capacity: Int, _ body: (inout OutputRawSpan) -> Void) throws(IOError) {
        precondition(capacity > 0 && capacity <= 1 << 20, "room for 1 byte to 1 MiB")
        try reserve(capacity)
        let before = outbox.count
        do {
            try outbox.withTailRoom(minimum: capacity, preferred: max(capacity, Self.writeBlockSize)) { output in
                body(&output)
            }
        } catch { throw fail(error) }
        queued(outbox.count - before)
    }

    private func reserve(_ count: Int) throws(IOError) {
        guard state.isDisjoint(with: [.closed, .closeAfterFlush, .writeShutdown]) else { throw closedError() }
        if outbox.count + count <= limits.outboxLimit { return }
        sendQueued()
        if outbox.count + count <= limits.outboxLimit { return }
        if limits.outboxPolicy == .disconnect { end(.outboxOverflow) }
        throw .backlogExceeded(limit: limits.outboxLimit)
    }

    /// The pool's budget is spent: nothing was queued, but the stream has a hole, so the connection ends.
    private func fail(_ error: any Error) -> IOError {
        end(.outboxOverflow)
        return (error as? BlockPoolError).map(IOError.bufferUnavailable) ?? .closed
    }

    private func queued(_ count: Int) {
        reactor.counters.add(queuedBytes: count)
        markDirty()
        if outbox.count >= Self.eagerFlushThreshold, state.contains(.writable) { sendQueued() }
    }

    func markDirty() {
        guard state.isDisjoint(with: [.dirty, .closed]) else { return }
        state.insert(.dirty)
        unsafe reactor.dirty.append(Unmanaged.passUnretained(self))
    }

    /// What a message from another thread brought.
    func deliver(_ bytes: consuming SharedBytes) {
        // A refused push is the policy at work; a closed connection has no use for it.
        try? write(bytes)
    }

    // MARK: Sending

    func flushAtTurnEnd() {
        if state.contains(.callsDriver) {
            state.remove(.callsDriver)
            driver?.turnEnds()
        }
        drainParkedDriver()
        state.remove(.dirty)
        guard !state.contains(.closed) else { return }
        sendQueued()
        guard !state.contains(.closed), outbox.isEmpty else { return }
        if state.contains(.closeAfterFlush) { finishSending() }
    }

    /// Hands the kernel what it takes. Ends the connection when that fails.
    ///
    /// - Parameter more: more follows at once, so the kernel need not send a segment that is not full.
    func sendQueued(more: Bool = false) {
        guard !state.contains(.closed), !state.contains(.connecting) else { return }
        while !outbox.isEmpty, state.contains(.writable) {
            let (sent, attempted) = sendOnce(more)
            if sent < 0 {
                let code = errno
                if code == EINTR { continue }
                if code == EAGAIN {
                    state.remove(.writable)
                    break
                }
                return sendFailed(code)
            }
            outbox.removeFirst(sent)
            reactor.counters.add(queuedBytes: -sent)
            writeDeadline = 0
            // The kernel's buffer is full; an event tells when there is room.
            if sent < attempted { state.remove(.writable) }
        }
        if !outbox.isEmpty, writeDeadline == 0 {
            writeDeadline = reactor.now &+ limits.writeTimeout
            armTimer()
        } else if outbox.isEmpty {
            writeDeadline = 0
        }
        if unsafe writeWaiter != nil, outbox.count <= writeWaiterTarget { resumeWriteWaiter() }
    }

    /// One `send`, or one gathering write where there are several segments.
    private func sendOnce(_ more: Bool) -> (sent: Int, attempted: Int) {
        let descriptor = id.descriptor
        let more: Int32 = more ? 1 : 0
        if outbox.segmentCount == 1 {
            return outbox.withFirstSegment { segment in
                unsafe segment.withUnsafeBytes { buffer in
                    (unsafe mp_send(descriptor, buffer.baseAddress, buffer.count, more), buffer.count)
                }
            }
        }
        return unsafe outbox.withIOVectors(maximum: Self.vectorsPerCall) { vectors, count in
            var attempted = 0
            for index in 0..<Int(count) { unsafe attempted += vectors[index].iov_len }
            return (unsafe mp_send_vectors(descriptor, vectors, Int(count), more), attempted)
        }
    }

    // MARK: Waiting

    /// Backpressure: suspends while more than the high-water mark is queued, until half of it or less is left.
    ///
    /// One task at a time may wait. To be called on the channel's reactor.
    ///
    /// - Throws: what ended the connection: `IOError.closed`, `timedOut`, `backlogExceeded` or `system`;
    ///   `CancellationError` when the task was cancelled.
    public func flush() async throws {
        try await flush(ignoresCancellation: false)
    }

    /// As ``flush()``, with a choice for a task that is cancelled and has something to finish: the write deadline
    /// bounds the wait all the same.
    package func flush(ignoresCancellation: Bool) async throws {
        if outbox.count > limits.outboxHighWater {
            sendQueued()
            if outbox.count > limits.outboxHighWater {
                try await waitForOutbox(below: limits.outboxHighWater / 2, ignoresCancellation: ignoresCancellation)
            }
        }
        // What was queued was dropped.
        if state.contains(.sendingFailed) { throw closedError() }
    }

    /// Suspends until the kernel has taken everything that was queued.
    ///
    /// One task at a time may wait. To be called on the channel's reactor.
    ///
    /// - Throws: as ``flush()``.
    public func drain() async throws {
        try await drain(ignoresCancellation: false)
    }

    /// As ``drain()``, with the choice of ``flush(ignoresCancellation:)``.
    package func drain(ignoresCancellation: Bool) async throws {
        sendQueued()
        if !outbox.isEmpty { try await waitForOutbox(below: 0, ignoresCancellation: ignoresCancellation) }
        if !state.isDisjoint(with: [.closed, .sendingFailed]) { throw closedError() }
    }

    func waitForOutbox(below target: Int, ignoresCancellation: Bool = false) async throws {
        reactor.preconditionIsCurrent()
        if state.contains(.closed) { throw closedError() }
        if unsafe writeWaiter != nil { fatalError("two tasks wait to write to one connection") }
        writeWaiterTarget = target
        writeWaitNumber &+= 1
        let number = writeWaitNumber
        if ignoresCancellation {
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                unsafe writeWaiter = continuation
            }
            if state.contains(.closed) { throw closedError() }
            return
        }
        try Task.checkCancellation()
        let reference = self.reference
        await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                unsafe writeWaiter = continuation
            }
        } onCancel: {
            reference.cancel(.write, number: number)
        }
        if state.contains(.writeCancelled) {
            state.remove(.writeCancelled)
            throw CancellationError()
        }
        if state.contains(.closed) { throw closedError() }
    }
}
