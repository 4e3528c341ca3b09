import Glibc
import MillpondPools
import Testing

@testable import MillpondIO

@Suite(.timeLimit(.minutes(5))) struct BufferedWriterTests {
    /// For random writes into a sink that takes random amounts, what arrives is what was written, in order.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func writesAsIntoAnArray(seed: UInt64) async throws {
        let pool = BlockPool(.init())
        var random = SeededGenerator(seed: seed)
        do {
            let sink = ChunkingSink(MemorySink(), sizes: 0...Int(1 + seed * 500), seed: seed)
            var writer = BufferedWriter(sink, pool: pool, highWater: [100, 5000, 65_536][Int(seed % 3)])
            var model: [UInt8] = []
            for _ in 0..<100 { try await write(&writer, &model, &random, pool) }
            try await writer.flush()
            #expect(writer.bufferedCount == 0)
            #expect(writer.sink.base.bytes == model)
        }
        #expect(pool.statistics().outstandingBytes == 0)
    }

    private func write<S: ByteSink & ~Copyable>(
        _ writer: inout BufferedWriter<S>, _ model: inout [UInt8], _ random: inout SeededGenerator, _ pool: BlockPool
    ) async throws {
        let bytes = randomBytes([0, 1, 64, 500, 3000, 20_000][Int(random.next() % 6)], &random)
        switch random.next() % 8 {
        case 0, 1:
            try await unsafe writer.write(bytes.span.bytes)
            model += bytes
        case 2:
            try await writer.write(shared(bytes, pool))
            model += bytes
        case 3:
            var chain = ByteChain(pool: pool)
            try chain.append(shared(bytes, pool))
            try await writer.write(chain)
            model += bytes
        case 4:
            try await writer.writeInteger(UInt32(0x0102_0304), endianness: .big)
            try await writer.writeInteger(UInt16(0x0102), endianness: .little)
            try await writer.writeByte(9)
            model += [1, 2, 3, 4, 2, 1, 9]
        case 5:
            try await writer.writeInteger(0x0102_0304_0506, byteCount: 3, endianness: .big)
            try await writer.writeInteger(0x0102_0304_0506, byteCount: 3, endianness: .little)
            model += [4, 5, 6, 6, 5, 4]
        case 6:
            try await writer.write(utf8: "grüß Gott, \(model.count)")
            model += Array("grüß Gott, \(model.count)".utf8)
        default:
            try await writer.write(utf8: "a literal" as StaticString)
            model += Array("a literal".utf8)
        }
    }

    @Test func aBlockIsHeldOnlyWhileBytesAre() async throws {
        let pool = BlockPool(.init())
        var writer = BufferedWriter(MemorySink(), pool: pool)
        #expect(pool.statistics().outstandingBytes == 0)
        try await writer.writeByte(1)
        #expect(pool.statistics().outstandingBytes > 0)
        try await writer.flush()
        #expect(pool.statistics().outstandingBytes == 0)
        #expect(writer.sink.bytes == [1])
    }

    @Test func largeSharedBytesAreGatheredNotCopied() async throws {
        let pool = BlockPool(.init())
        let body = try shared([UInt8](repeating: 5, count: 20_000), pool)
        var writer = BufferedWriter(ScriptedSink([.take(.max)]), pool: pool)
        try await writer.write(utf8: "head" as StaticString)
        let before = pool.statistics().outstandingBytes
        try await writer.write(body.clone())
        #expect(pool.statistics().outstandingBytes - before <= 512)
        try await writer.flush()
        let sink = try await writer.finish()
        #expect(sink.writes == 1)
        #expect(sink.largestSegmentCount == 2)
        #expect(sink.written.count == 20_004)
    }

    @Test func anErrorSticks() async throws {
        var writer = BufferedWriter(ScriptedSink([.take(2), .fail(.closed)]))
        try await writer.write(utf8: "abc" as StaticString)
        #expect(try await ioError { try await writer.flush() } == .closed)
        #expect(writer.error == .closed)
        #expect(writer.bufferedCount == 0)
        #expect(try await ioError { try await writer.writeByte(1) } == .closed)
        #expect(try await ioError { try await writer.write(utf8: "x") } == .closed)
        #expect(try await ioError { try await writer.write(SharedBytes("x")) } == .closed)
        #expect(try await ioError { try await writer.flush() } == .closed)
        #expect(writer.sink.writes == 2)
        #expect(writer.sink.written == [97, 98])
    }

    @Test func anErrorOfAWaitLosesNothing() async throws {
        let sink = ScriptedSink([.take(2), .take(.max)], waitErrors: [IOError.timedOut])
        var writer = BufferedWriter(sink)
        try await writer.write(utf8: "abc" as StaticString)
        #expect(try await ioError { try await writer.flush() } == .timedOut)
        #expect(writer.bufferedCount == 1)
        try await writer.flush()
        #expect(writer.sink.written == [97, 98, 99])
    }

    @Test func aSinkThatTakesNothingIsReported() async throws {
        var writer = BufferedWriter(ScriptedSink([.take(0)]))
        try await writer.writeByte(1)
        #expect(try await ioError { try await writer.flush() } == .noProgress)
    }

    @Test func theScopeFlushes() async throws {
        let path = "/tmp/millpond-writer-\(SystemRandomNumberGenerator.number())"
        defer { unsafe unlink(path) }
        try await withBufferedWriter(FileDescriptorSink(creating: path)) { writer in
            for line in 0..<10_000 { try await writer.write(utf8: "line \(line)\n") }
        }
        var reader = BufferedReader(try FileDescriptorSource(path: path))
        for line in 0..<10_000 {
            let matches = try await reader.withLine { array($0) == Array("line \(line)".utf8) }
            #expect(matches)
        }
        #expect(try await ioError { try await reader.withLine { _ in } } == .endOfStream)
    }
}

extension SystemRandomNumberGenerator {
    static func number() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
