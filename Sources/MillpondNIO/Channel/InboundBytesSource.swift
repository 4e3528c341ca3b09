public import MillpondIO
internal import NIOCore

/// The reader's end of `InboundBytes`.
public struct InboundBytesSource: ByteSource, ~Copyable {
    private let queue: InboundQueue
    private let eventLoop: any EventLoop
    private var waits: UInt64 = 0

    init(_ queue: InboundQueue, _ eventLoop: any EventLoop) {
        self.queue = queue
        self.eventLoop = eventLoop
    }

    deinit { queue.abandon() }

    public mutating func read(into output: inout OutputRawSpan) throws(MillpondIO.IOError) -> ReadOutcome {
        try queue.read(into: &output)
    }

    /// Returns when there are bytes, the end, or an error.
    ///
    /// Throws `IOError.timedOut` after the time that `InboundBytes` was given, or `CancellationError`. Allocates: the
    /// event loop keeps the time.
    public mutating func waitUntilReadable() async throws {
        waits &+= 1
        let wait = waits
        let queue = queue
        if queue.isReadable { return }
        let deadline = eventLoop.scheduleTask(in: TimeAmount(queue.timeout)) {
            queue.endWait(wait, MillpondIO.IOError.timedOut)
        }
        defer { deadline.cancel() }
        try await withTaskCancellationHandler {
            try await unsafe withUnsafeThrowingContinuation { continuation in
                unsafe queue.park(wait, continuation)
            }
        } onCancel: {
            queue.endWait(wait, CancellationError())
        }
    }

    /// Everything that waits, perhaps nothing, without copying: for `BufferedReader.feed(_:)` after
    /// `waitUntilReadable()`.
    public mutating func takeQueued() -> ByteChain { queue.takeAll() }
}
