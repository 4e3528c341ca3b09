internal import MillpondIO
public import NIOCore

/// The channel's end of `InboundBytes`: takes every buffer out of the pipeline, and passes reads on only while there is
/// room.
///
/// The last inbound handler: buffers go no further. Errors and events do. Taking it out of
/// the pipeline ends the stream as `closed`, and asks for a read that was held back.
public final class InboundBytesHandler: ChannelDuplexHandler, RemovableChannelHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = Never
    public typealias OutboundIn = Any
    public typealias OutboundOut = Any

    private let queue: InboundQueue
    private var context: ChannelHandlerContext?
    /// A read that was asked for and not passed on.
    private var isReadHeldBack = false

    init(_ queue: InboundQueue) { self.queue = queue }

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        queue.onRoom { eventLoop.execute { this.value.readAgain() } }
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        queue.finish(.closed)
        readAgain()
        self.context = nil
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        queue.push(unwrapInboundIn(data))
    }

    public func read(context: ChannelHandlerContext) {
        if queue.hasRoom {
            context.read()
        } else {
            // `readAgain` comes through the event loop, so not before this is noted.
            isReadHeldBack = true
        }
    }

    private func readAgain() {
        guard isReadHeldBack, let context else { return }
        isReadHeldBack = false
        context.read()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        queue.finish(nil)
        context.fireChannelInactive()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { queue.finish(nil) }
        context.fireUserInboundEventTriggered(event)
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let errno = (error as? NIOCore.IOError)?.errnoCode ?? 0
        queue.finish(.system(errno: errno, operation: "channel", cause: error))
        context.fireErrorCaught(error)
    }
}
