import MillpondIO
import MillpondNIO
import NIOCore

/// `nio.md`: in a handler.
final class FrameDecoder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var pending = ByteChain()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try pending.append(unwrapInboundIn(data))
            while let length = try frameLength(&pending), pending.count >= length {
                let frame = try pending.takeFirst(length)
                context.fireChannelRead(wrapInboundOut(ByteBuffer(copying: frame)))
            }
        } catch {
            context.fireErrorCaught(error)
        }
    }

    private func frameLength(_ pending: inout ByteChain) throws -> Int? { pending.count < 4 ? nil : 4 }
}

/// `nio.md`: in a task.
enum NIOTaskSample {
    static func run(_ channel: any Channel) async throws {
        let source = PushSource()
        try channel.pipeline.syncOperations.addHandler(InboundBytesHandler(source.makeWriter()))

        var reader = BufferedReader(source)
        let length = try await reader.readInteger(as: UInt32.self)
        print(length)
    }
}
