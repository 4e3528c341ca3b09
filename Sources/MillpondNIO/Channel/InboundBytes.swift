public import MillpondPools
public import NIOCore

/// What comes in on a NIO channel, as a source for a `BufferedReader` in a task.
///
///     event loop                                                     task
///     channelRead ──▶ InboundBytesHandler ──▶ [ByteChain] ──▶ InboundBytesSource ──▶ BufferedReader
///                       stops asking the channel      ▲
///                       at `highWater` bytes ─────────┘ and asks again at half of that
///
///     let inbound = InboundBytes(eventLoop: channel.eventLoop)
///     try channel.pipeline.syncOperations.addHandler(inbound.makeHandler())
///     …
///     var reader = BufferedReader(inbound.makeSource())
///     let length = try await reader.readInteger(as: UInt32.self)
///
/// - Buffers of more than `ByteChain.copyThreshold` bytes are referred to, not copied, while they wait. Those that the
///   reader pulls are copied into its block; `InboundBytesSource.takeQueued()` hands them on as they are.
/// - What waits is bounded: from `highWater` on no read is passed on to the channel. One turn of the channel's may
///   exceed it by what the channel reads at a time.
/// - When the channel closes, or its input does, the stream ends; when it fails, or the pool refuses a block, the
///   stream ends with that error, and the channel is asked for no more. What came before can still be read.
/// - When the source goes, what waits is released and the channel is asked for no more. Closing it is its owner's
///   business.
public final class InboundBytes: Sendable {
    let queue: InboundQueue
    let eventLoop: any EventLoop

    /// A way from a channel on `eventLoop` to one task.
    ///
    /// - Parameters:
    ///   - eventLoop: the channel's; it keeps the time of waits.
    ///   - highWater: how many bytes may wait before the channel is asked for no more.
    ///   - timeout: how long `waitUntilReadable()` waits before it throws `IOError.timedOut`.
    ///   - pool: where the blocks for short reads come from.
    public init(
        eventLoop: any EventLoop, highWater: Int = 64 * 1024, timeout: Duration = .seconds(60),
        pool: BlockPool = .shared
    ) {
        precondition(highWater > 0, "a high-water mark of \(highWater)")
        self.eventLoop = eventLoop
        self.queue = InboundQueue(highWater: highWater, timeout: timeout, pool: pool)
    }

    /// The end for the channel's pipeline. Once.
    public func makeHandler() -> InboundBytesHandler {
        precondition(queue.claimHandler(), "a second handler for the same bytes")
        return InboundBytesHandler(queue)
    }

    /// The end for the reader. Once.
    public func makeSource() -> InboundBytesSource {
        precondition(queue.claimSource(), "a second source of the same bytes")
        return InboundBytesSource(queue, eventLoop)
    }
}
