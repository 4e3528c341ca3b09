import MillpondIO
import MillpondNIO
import MillpondPools
import NIOCore
import NIOEmbedded
import Testing

/// Frames of a length and so many bytes, cut out of what `channelRead` brings, without leaving the event loop.
private final class FrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = [UInt8]

    private var pending: ByteChain

    init(pool: BlockPool) { pending = ByteChain(pool: pool) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try pending.append(unwrapInboundIn(data))
            while pending.count >= 4 {
                let length = try pending.withContiguous(4) { bytes in
                    Int(UInt32(bigEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }))
                }
                guard pending.count >= 4 + length else { return }
                pending.removeFirst(4)
                context.fireChannelRead(wrapInboundOut(array(try pending.takeFirst(length))))
            }
        } catch {
            context.fireErrorCaught(error)
        }
    }
}

@Suite("Feeding from channelRead", .timeLimit(.minutes(5)))
struct FeedingTests {
    let pool = testPool()

    /// Frames, and the stream they make cut into buffers of random size.
    private func stream(_ seed: Int) -> (frames: [[UInt8]], buffers: [ByteBuffer]) {
        var random = SeededGenerator(seed: UInt64(seed))
        var frames: [[UInt8]] = []
        var stream = ByteBuffer()
        for _ in 0..<20 {
            let frame = pattern(Int.random(in: 0...[10, 1500, 20_000].randomElement(using: &random)!, using: &random))
            frames.append(frame)
            stream.writeInteger(UInt32(frame.count))
            stream.writeBytes(frame)
        }
        var buffers: [ByteBuffer] = []
        while stream.readableBytes > 0 {
            let count = min(stream.readableBytes, Int.random(in: 1...8000, using: &random))
            buffers.append(stream.readSlice(length: count) ?? ByteBuffer())
        }
        return (frames, buffers)
    }

    @Test("a handler keeps what is incomplete in a chain", arguments: 0..<20)
    func chainInAHandler(_ seed: Int) throws {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(FrameHandler(pool: pool))
        let (frames, buffers) = stream(seed)
        for buffer in buffers { try channel.writeInbound(buffer) }
        for frame in frames { #expect(try channel.readInbound(as: [UInt8].self) == frame) }
        #expect(try channel.readInbound(as: [UInt8].self) == nil)
        #expect(pool.statistics().outstanding == 0)
        _ = try channel.finish()
    }

    @Test("a reader is fed with buffers", arguments: 0..<20)
    func reader(_ seed: Int) async throws {
        let (frames, buffers) = stream(seed)
        var reader = BufferedReader(MemorySource([]), pool: pool)
        for buffer in buffers { try reader.feed(buffer) }
        for frame in frames {
            let length = try await reader.readInteger(as: UInt32.self)
            #expect(array(try await reader.take(Int(length))) == frame)
        }
        #expect(reader.bufferedCount == 0)
        #expect(pool.statistics().outstanding == 0)
    }

    @Test("a long buffer is fed without copying")
    func noCopy() async throws {
        var reader = BufferedReader(MemorySource([]), pool: pool)
        let buffer = ByteBuffer(bytes: pattern(5000))
        try reader.feed(buffer)
        let seen = try await reader.withBytes(5000) { bytes in
            bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        }
        #expect(seen == address(buffer))
    }
}
