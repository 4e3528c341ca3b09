import MillpondHTTP
import MillpondIO
import MillpondPools
import Testing

/// What the compressor makes, read by the decompressor and by the `gzip` command.
@Suite(.timeLimit(.minutes(5))) struct DeflaterTests {
    @Test(arguments: CompressionFormat.allCases)
    func whatGoesInComesOut(_ format: CompressionFormat) throws {
        var random = SeededGenerator(seed: 11)
        for count in [0, 1, 100, 4096, 70_000, 300_000] {
            let bytes = Compression.text(count, using: &random)
            for level in [0, 1, 6, 9] {
                let packed = try Compression.deflate(bytes, format, level: CompressionLevel(level))
                #expect(try Compression.inflate(packed, format) == bytes, "\(count) bytes, level \(level)")
            }
        }
    }

    @Test func theGzipCommandReadsIt() throws {
        var random = SeededGenerator(seed: 12)
        for count in [0, 1, 100_000] {
            let bytes = Compression.text(count, using: &random)
            let packed = try Compression.deflate(bytes, .gzip)
            #expect(try Compression.run(["gzip", "-dc"], on: packed) == bytes)
        }
    }

    @Test func itIsSmallerThanItsInput() throws {
        let bytes = Array(repeating: Array("the quick brown fox jumps over the lazy dog\n".utf8), count: 500).flatMap {
            $0
        }
        #expect(try Compression.deflate(bytes, .gzip).count < bytes.count / 50)
    }

    /// Random pieces, with flushes between some: what was written before a flush can be read then.
    @Test(arguments: 0..<20)
    func aFlushLetsEverythingOut(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = Compression.text(50_000, using: &random)
        let format = CompressionFormat.allCases.randomElement(using: &random)!
        var deflater = try Deflater(format)
        var inflater = try Inflater(format)
        var result: [UInt8] = []
        var chain = ByteChain()
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + Int.random(in: 0...9000, using: &random), bytes.count)
            try deflater.write(bytes.span.bytes.extracting(offset..<end), into: &chain)
            offset = end
            if Bool.random(using: &random) {
                try deflater.flush(into: &chain)
                result += try read(chain.takeAll(), &inflater)
                #expect(result == Array(bytes[..<offset]))
            }
        }
        try deflater.finish(into: &chain)
        #expect(deflater.inputCount == bytes.count)
        result += try read(chain.takeAll(), &inflater)
        try inflater.finish()
        #expect(result == bytes)
        #expect(inflater.inputCount == deflater.outputCount)
        #expect(inflater.outputCount == bytes.count)
    }

    private func read(_ chain: consuming ByteChain, _ inflater: inout Inflater) throws -> [UInt8] {
        var output = ByteChain()
        let packed = chain.allBytes
        let count = try inflater.read(packed.span.bytes, into: &output)
        #expect(count == packed.count)
        return output.allBytes
    }

    @Test func aChainIsConsumedSegmentBySegment() throws {
        var random = SeededGenerator(seed: 5)
        var input = ByteChain()
        var bytes: [UInt8] = []
        for _ in 0..<20 {
            let piece = Compression.text(3000, using: &random)
            bytes += piece
            try input.append(SharedBytes(copying: piece.span.bytes))
        }
        var output = ByteChain()
        var deflater = try Deflater(.deflate)
        try deflater.write(&input, into: &output)
        try deflater.finish(into: &output)
        #expect(input.count == 0)
        #expect(try Compression.inflate(output.allBytes, .deflate) == bytes)
    }

    @Test func nothingIsWrittenBehindTheEnd() throws {
        var chain = ByteChain()
        var deflater = try Deflater(.gzip)
        try deflater.finish(into: &chain)
        let count = chain.count
        #expect(deflater.isEnded == true)
        #expect(code { try deflater.write([1].span.bytes, into: &chain) } == .ended)
        #expect(code { try deflater.finish(into: &chain) } == .ended)
        #expect(chain.count == count)
    }

    @Test func aPoolThatRefusesABlockEndsTheStream() throws {
        let pool = BlockPool(.init(budget: 1 << 10))
        var chain = ByteChain(pool: pool)
        var deflater = try Deflater(.gzip)
        let first = code { try deflater.finish(into: &chain) }
        let second = code { try deflater.finish(into: &chain) }
        #expect(first == .bufferUnavailable)
        #expect(second == .bufferUnavailable)
    }

    private func code(_ body: () throws -> Void) -> CompressionError.Code? {
        do { try body() } catch { return (error as? CompressionError)?.code }
        return nil
    }
}
