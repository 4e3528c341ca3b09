public import MillpondIO
internal import MillpondPools
public import NIOCore

/// Brings what comes in on a NIO channel to a task, which reads it with a `BufferedReader`.
///
///     event loop                                                    task
///     channelRead ──▶ InboundBytesHandler ──▶ [PushSource] ──▶ BufferedReader
///                       stops asking the channel    ▲
///                       at `highWater` bytes ───────┘ and asks again at `lowWater`
///
///     let source = PushSource(highWater: 64 * 1024, readTimeout: .seconds(60))
///     try channel.pipeline.syncOperations.addHandler(InboundBytesHandler(source.makeWriter()))
///     …
///     var reader = BufferedReader(source)
///     let length = try await reader.readInteger(as: UInt32.self)
///
/// - The last inbound handler: buffers go no further. Errors and events do.
/// - Buffers of more than `ByteChain.copyThreshold` bytes are referred to and not copied.
/// - What waits is bounded: from `highWater` on no read is passed on to the channel. One turn of the channel's may
///   exceed it by what the channel reads at a time.
/// - When the channel closes, or its input does, the stream ends; when it fails, or the pool refuses a block, the
///   stream ends with that error, and the channel is asked for no more. What came before can still be read.
/// - When the source goes, what waits is released and the channel is asked for no more. Closing it is its owner's
///   business.
/// - Taking the handler out of the pipeline ends the stream as `closed`, and asks for a read that was held back.
public final class InboundBytesHandler: ChannelDuplexHandler, RemovableChannelHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = Never
    public typealias OutboundIn = Any
    public typealias OutboundOut = Any

    private let writer: PushSource.Writer
    private var context: ChannelHandlerContext?
    /// From the push that filled the source until it has room again.
    private var isFull = false
    /// A read that was asked for and not passed on.
    private var isReadHeldBack = false
    /// The stream ended with an error: further bytes would only be dropped.
    private var hasFailed = false

    /// A handler for one channel, which pushes what comes into the source of `writer`.
    public init(_ writer: PushSource.Writer) { self.writer = writer }

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        fail(.closed)
        passHeldRead()
        self.context = nil
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed else { return }
        do throws(MillpondIO.IOError) {
            guard try push(unwrapInboundIn(data)) == .stopProducing, !isFull else { return }
        } catch {
            // A gap would be worse than an end.
            return fail(error)
        }
        isFull = true
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        writer.whenWritable { eventLoop.execute { this.value.hasRoom() } }
    }

    private func push(_ buffer: ByteBuffer) throws(MillpondIO.IOError) -> PushSource.PushResult {
        if buffer.readableBytes <= ByteChain.copyThreshold {
            return try writer.pushRegardless(copying: buffer.readableBytesSpan)
        }
        let bytes: SharedBytes
        do throws(BlockPoolError) {
            bytes = try SharedBytes(buffer, pool: writer.pool)
        } catch {
            throw .bufferUnavailable(error)
        }
        return try writer.pushRegardless(bytes)
    }

    public func read(context: ChannelHandlerContext) {
        if isFull || isUseless {
            isReadHeldBack = true
        } else {
            context.read()
        }
    }

    /// Whether further bytes would only be dropped.
    private var isUseless: Bool { hasFailed || writer.isAbandoned }

    private func hasRoom() {
        isFull = false
        if !isUseless { passHeldRead() }
    }

    private func passHeldRead() {
        guard isReadHeldBack, let context else { return }
        isReadHeldBack = false
        context.read()
    }

    private func fail(_ error: MillpondIO.IOError) {
        hasFailed = true
        writer.fail(error)
    }

    public func channelInactive(context: ChannelHandlerContext) {
        writer.finish()
        context.fireChannelInactive()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { writer.finish() }
        context.fireUserInboundEventTriggered(event)
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let errno = (error as? NIOCore.IOError)?.errnoCode ?? 0
        fail(.system(errno: errno, operation: "channel", cause: error))
        context.fireErrorCaught(error)
    }
}
