import MillpondIO
import MillpondNIO
import MillpondPools
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

/// Counts the reads that the handlers behind it pass on.
private final class ReadCounter: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = Any
    typealias OutboundOut = Any
    let count = Atomic<Int>(0)

    func read(context: ChannelHandlerContext) {
        count.add(1, ordering: .relaxed)
        context.read()
    }

    var value: Int { count.load(ordering: .relaxed) }
}

@Suite("A channel's bytes in a task", .timeLimit(.minutes(5)))
struct InboundBytesTests {
    let pool = testPool()
    let channel = NIOAsyncTestingChannel()

    private func inbound(
        highWater: Int = 64 * 1024, timeout: Duration = .seconds(60), before: ReadCounter? = nil, pool: BlockPool? = nil
    ) async throws -> PushSource {
        let source = PushSource(highWater: highWater, readTimeout: timeout, pool: pool ?? self.pool)
        let writer = source.makeWriter()
        try await channel.testingEventLoop.executeInContext {
            if let before { try channel.pipeline.syncOperations.addHandler(before) }
            try channel.pipeline.syncOperations.addHandler(InboundBytesHandler(writer))
        }
        return source
    }

    /// A channel for tests keeps itself until it is closed. An error that it was told of is thrown here once more.
    private func finish() async {
        _ = try? await channel.finish(acceptAlreadyClosed: true)
    }

    @Test("what a channel brings is read in order, to its end")
    func reading() async throws {
        let source = try await inbound()
        let bytes = pattern(200_000)
        let channel = channel
        async let sent: Void = {
            var random = SeededGenerator(seed: 7)
            var rest = ByteBuffer(bytes: bytes)
            while rest.readableBytes > 0 {
                let count = min(rest.readableBytes, Int.random(in: 1...6000, using: &random))
                try await channel.writeInbound(rest.readSlice(length: count) ?? ByteBuffer())
            }
            try await channel.close()
        }()
        var reader = BufferedReader(source, pool: pool)
        let got = try await reader.takeShared(bytes.count)
        #expect(array(got) == bytes)
        await #expect(throws: MillpondIO.IOError.endOfStream) { try await reader.readByte() }
        try await sent
        await finish()
    }

    @Test("a long buffer is read where it lies, without copying")
    func noCopy() async throws {
        let source = try await inbound()
        let buffer = ByteBuffer(bytes: pattern(5000))
        try await channel.writeInbound(buffer)
        var reader = BufferedReader(source, pool: pool)
        let seen = try await reader.withBytes(5000) { bytes in
            bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        }
        #expect(seen == address(buffer))
        await finish()
    }

    @Test("an error of the channel comes behind the bytes before it")
    func failure() async throws {
        let source = try await inbound()
        try await channel.writeInbound(ByteBuffer(bytes: [1, 2]))
        try await channel.testingEventLoop.executeInContext {
            channel.pipeline.fireErrorCaught(NIOCore.IOError(errnoCode: 104, reason: "reset"))
        }
        var reader = BufferedReader(source, pool: pool)
        #expect(try await reader.readByte() == 1)
        #expect(try await reader.readByte() == 2)
        do {
            _ = try await reader.readByte()
            Issue.record("read past an error")
        } catch let error as MillpondIO.IOError {
            #expect(error.code == .system)
            #expect(error.errno == 104)
            #expect(error.cause is NIOCore.IOError)
        }
        await finish()
    }

    @Test("a handler that is removed ends the stream as closed")
    func removed() async throws {
        let source = try await inbound()
        let channel = channel
        try await channel.testingEventLoop.executeInContext {
            let handler = try channel.pipeline.syncOperations.handler(type: InboundBytesHandler.self)
            channel.pipeline.syncOperations.removeHandler(handler, promise: nil)
        }
        var reader = BufferedReader(source, pool: pool)
        await #expect(throws: MillpondIO.IOError.closed) { try await reader.readByte() }
        await finish()
    }

    @Test("a wait ends by its deadline, and the stream goes on")
    func deadline() async throws {
        let source = try await inbound(timeout: .milliseconds(10))
        var reader = BufferedReader(source, pool: pool)
        await #expect(throws: MillpondIO.IOError.timedOut) { try await reader.readByte() }
        try await channel.writeInbound(ByteBuffer(bytes: [9]))
        #expect(try await reader.readByte() == 9)
        await finish()
    }

    @Test("a wait ends with its task")
    func cancellation() async throws {
        let reading = Task {
            let source = try await inbound()
            var reader = BufferedReader(source, pool: pool)
            await #expect(throws: CancellationError.self) { try await reader.readByte() }
        }
        reading.cancel()
        try await reading.value
        #expect(pool.statistics().outstanding == 0)
        await finish()
    }

    @Test("what one turn of the channel brings beyond the high-water mark is kept, and no more is asked for")
    func overshoot() async throws {
        let counter = ReadCounter()
        let source = try await inbound(highWater: 1000, before: counter)
        for _ in 0..<5 { try await channel.writeInbound(ByteBuffer(bytes: pattern(900))) }
        let channel = channel
        try await channel.testingEventLoop.executeInContext { channel.pipeline.read() }
        #expect(counter.value == 0)
        var reader = BufferedReader(source, pool: pool)
        for _ in 0..<5 { #expect(array(try await reader.take(900)) == pattern(900)) }
        await channel.testingEventLoop.run()
        #expect(counter.value == 1)
        await finish()
    }

    @Test("from the high-water mark on the channel is not read, until half of it has gone")
    func backpressure() async throws {
        let counter = ReadCounter()
        let source = try await inbound(highWater: 1000, before: counter)
        let channel = channel
        let ask = { try await channel.testingEventLoop.executeInContext { channel.pipeline.read() } }
        try await ask()
        #expect(counter.value == 1)
        try await channel.writeInbound(ByteBuffer(bytes: pattern(1000)))
        try await ask()
        try await ask()
        #expect(counter.value == 1)
        var reader = BufferedReader(source, pool: pool)
        // The reader pulls everything into its block at once.
        #expect(try await reader.readByte() == pattern(1)[0])
        await channel.testingEventLoop.run()
        #expect(counter.value == 2)
        await finish()
    }

    @Test("when the source goes, what waits is released, and no more is asked for")
    func abandoned() async throws {
        let counter = ReadCounter()
        let source = try await inbound(before: counter)
        try await channel.writeInbound(ByteBuffer(bytes: pattern(5000)))
        #expect(pool.statistics().outstanding > 0)
        _ = consume source
        #expect(pool.statistics().outstanding == 0)
        try await channel.writeInbound(ByteBuffer(bytes: pattern(5000)))
        #expect(pool.statistics().outstanding == 0)
        let channel = channel
        try await channel.testingEventLoop.executeInContext { channel.pipeline.read() }
        #expect(counter.value == 0)
        await finish()
    }

    @Test("where the pool refuses a block, the stream ends with that, without a gap")
    func refused() async throws {
        let small = testPool(budget: 8192)
        let counter = ReadCounter()
        let source = try await inbound(highWater: 1 << 20, before: counter, pool: small)
        let channel = channel
        for _ in 0..<30 { try await channel.writeInbound(ByteBuffer(bytes: pattern(1000))) }
        var reader = BufferedReader(source)
        do {
            while true { try await reader.withBytes(1000) { bytes in #expect(bytes.byteCount == 1000) } }
        } catch let error as MillpondIO.IOError {
            #expect(error.code == .bufferUnavailable)
        }
        try await channel.testingEventLoop.executeInContext { channel.pipeline.read() }
        #expect(counter.value == 0)
        await finish()
    }
}
