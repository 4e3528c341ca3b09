public import MillpondPools

extension PushSource {
    /// Whether a producer should go on.
    public enum PushResult: Sendable {
        /// There is room for more.
        case produceMore
        /// What was pushed was taken, and nothing more is until `waitUntilWritable()` or `whenWritable(_:)` says so.
        case stopProducing
    }

    /// Where a producer pushes bytes. Any thread may, several at a time; each push arrives in one piece.
    public struct Writer: Sendable {
        private let handle: Handle

        init(_ queue: PushQueue) { handle = Handle(queue) }

        private var queue: PushQueue { handle.queue }

        /// How many bytes wait for the consumer.
        public var queuedCount: Int { queue.count }

        /// Queues the bytes and says whether to go on. Never waits.
        ///
        /// - Throws: `IOError.backlogExceeded` when the queue is at its high-water mark already, `abandoned` when the
        ///   consumer is gone, `closed` after `finish()` or `fail(_:)`, `bufferUnavailable` when the pool has no block;
        ///   nothing was queued then.
        @discardableResult
        public func tryPush(_ bytes: consuming SharedBytes) throws(IOError) -> PushResult {
            var bytes: SharedBytes? = bytes
            guard let result = try queue.offer(&bytes) else { throw queue.fullError }
            return result
        }

        /// The same with a copy of the bytes.
        @discardableResult
        public func tryPush(copying bytes: RawSpan) throws(IOError) -> PushResult {
            guard let result = try queue.offer(copying: bytes) else { throw queue.fullError }
            return result
        }

        /// Queues the bytes also beyond the high-water mark: for a producer that can stop asking for more, but not send
        /// back what comes before it has stopped, which it must bound itself. Throws as `tryPush(_:)` but for the mark.
        package func pushRegardless(_ bytes: consuming SharedBytes) throws(IOError) -> PushResult {
            var bytes: SharedBytes? = bytes
            return try queue.offer(&bytes, regardless: true) ?? .stopProducing
        }

        /// The same with a copy of the bytes.
        package func pushRegardless(copying bytes: RawSpan) throws(IOError) -> PushResult {
            try queue.offer(copying: bytes, regardless: true) ?? .stopProducing
        }

        /// Whether the consumer is gone.
        package var isAbandoned: Bool { queue.isAbandoned }

        /// Where the source's blocks come from.
        package var pool: BlockPool { queue.pool }

        /// Waits until there is room, then queues the bytes.
        ///
        /// - Throws: as `tryPush(_:)`, except that a full queue is waited for: `timedOut` after `timeout`, or
        ///   `CancellationError`. Nothing was queued then.
        public func push(_ bytes: consuming SharedBytes, timeout: Duration = .seconds(60)) async throws {
            var bytes: SharedBytes? = bytes
            if try queue.offer(&bytes) != nil { return }
            let start = ContinuousClock.now
            repeat {
                // Another producer may be quicker to use the room.
                try await waitUntilWritable(timeout: timeout - (ContinuousClock.now - start))
            } while try queue.offer(&bytes) == nil
        }

        /// The same with a copy of the bytes.
        public func push(copying bytes: RawSpan, timeout: Duration = .seconds(60)) async throws {
            if try queue.offer(copying: bytes) != nil { return }
            let start = ContinuousClock.now
            repeat {
                try await waitUntilWritable(timeout: timeout - (ContinuousClock.now - start))
            } while try queue.offer(copying: bytes) == nil
        }

        /// Returns when the consumer has made room.
        ///
        /// - Throws: `abandoned` when the consumer is gone, `timedOut`, or `CancellationError`.
        public func waitUntilWritable(timeout: Duration = .seconds(60)) async throws {
            try await queue.wait(.producer, timeout: timeout)
        }

        /// Has `body` called once, when there is room, the consumer is gone or the stream has ended; at once when that
        /// is so already. On the thread of whoever brought it about: the consumer, or the producer that ends the
        /// stream. For producers without a task. It must not block.
        public func whenWritable(_ body: @escaping @Sendable () -> Void) {
            queue.whenWritable(body)
        }

        /// Ends the stream after what was pushed. Further calls do nothing.
        public func finish() { queue.end(.finished) }

        /// Ends the stream with an error after what was pushed. Further calls do nothing.
        public func fail(_ error: IOError) { queue.end(.failed(error)) }
    }

    /// What the copies of one writer share: the queue hears of the last one's end.
    final class Handle: Sendable {
        let queue: PushQueue

        init(_ queue: PushQueue) {
            self.queue = queue
            queue.addWriter()
        }

        deinit { queue.removeWriter() }
    }
}
