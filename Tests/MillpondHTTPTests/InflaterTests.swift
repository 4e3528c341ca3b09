import MillpondHTTP
import MillpondIO
import Testing

/// The decompressor against good input in all splits, and against every kind of bad input.
@Suite(.timeLimit(.minutes(5))) struct InflaterTests {
    private static let hello = Array("hello, hello, hello pond\n".utf8)

    @Test func itReadsWhatTheGzipCommandMakes() throws {
        var random = SeededGenerator(seed: 1)
        for count in [0, 1, 200_000] {
            let bytes = Compression.text(count, using: &random)
            // The command puts the file's name and time into the header.
            let packed = try Compression.run(["gzip", "-c", "-9"], on: bytes)
            #expect(try Compression.inflate(packed, .gzip) == bytes)
        }
    }

    @Test(arguments: 0..<40)
    func splitsMakeNoDifference(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = Compression.text(Int.random(in: 0...40_000, using: &random), using: &random)
        let format = CompressionFormat.allCases[seed % 3]
        var packed = try Compression.deflate(bytes, format)
        var expected = bytes
        if format == .gzip {
            packed += try Compression.deflate(Self.hello, .gzip)
            expected += Self.hello
        }
        let pieces = (0..<50).map { _ in
            Bool.random(using: &random) ? 1 : Int.random(in: 0...3000, using: &random)
        }
        let limit = Int.random(in: 1...5000, using: &random)
        #expect(try Compression.inflate(packed, format, pieces: pieces + [1], limit: limit) == expected)
    }

    @Test(arguments: CompressionFormat.allCases)
    func everyTruncationIsNoticed(_ format: CompressionFormat) throws {
        let packed = try Compression.deflate(Self.hello, format)
        for count in 0..<packed.count {
            #expect(code { try Compression.inflate(Array(packed[..<count]), format) } == .truncated, "\(count) bytes")
        }
        // The second member counts as much as the first.
        guard format == .gzip else { return }
        let twice = packed + packed
        for count in packed.count + 1..<twice.count {
            #expect(code { try Compression.inflate(Array(twice[..<count]), format) } == .truncated, "\(count) bytes")
        }
        #expect(try Compression.inflate(twice, format) == Self.hello + Self.hello)
    }

    /// A flipped bit gives an error or, in the parts of gzip's header without meaning, the same content. Bare deflate
    /// data has no checksum, and is left out.
    @Test(arguments: [CompressionFormat.gzip, .deflate])
    func noFlippedBitChangesTheContent(_ format: CompressionFormat) throws {
        var random = SeededGenerator(seed: 7)
        let bytes = Compression.text(700, using: &random)
        let packed = try Compression.deflate(bytes, format)
        var refused = 0
        for bit in 0..<packed.count * 8 {
            var broken = packed
            broken[bit / 8] ^= 1 << (bit % 8)
            do {
                #expect(try Compression.inflate(broken, format) == bytes, "bit \(bit)")
            } catch let error as CompressionError {
                refused += 1
                let known: [CompressionError.Code] = [
                    .corrupt, .checksumMismatch, .truncated, .needsDictionary, .trailingData,
                ]
                #expect(known.contains(error.code), "bit \(bit): \(error)")
            }
        }
        // All but time, operating system and flags of gzip's ten bytes.
        #expect(refused >= (packed.count - 8) * 8)
    }

    @Test func deflateIsTakenWithAndWithoutZlibsWrapping() throws {
        var random = SeededGenerator(seed: 3)
        for level in 0...9 {
            for count in [0, 1, 2, 3, 500] {
                let bytes = Compression.text(count, using: &random)
                for format in [CompressionFormat.raw, .deflate] {
                    let packed = try Compression.deflate(bytes, format, level: CompressionLevel(level))
                    let whole = try Compression.inflate(packed, .deflate)
                    #expect(whole == bytes, "\(format) \(level) \(count)")
                    let split = try Compression.inflate(packed, .deflate, pieces: [1], limit: 100)
                    #expect(split == bytes, "\(format) \(level) \(count), byte by byte")
                }
            }
        }
    }

    @Test func aDictionaryIsAskedForInVain() {
        // 78 BB: zlib's format, a preset dictionary, a good header check.
        #expect(code { try Compression.inflate([0x78, 0xBB, 1, 2, 3, 4, 0], .deflate) } == .needsDictionary)
    }

    @Test(arguments: CompressionFormat.allCases)
    func whatFollowsTheEndIsRefused(_ format: CompressionFormat) throws {
        let packed = try Compression.deflate(Self.hello, format)
        #expect(code { try Compression.inflate(packed + [0x55], format) } == .trailingData)
        // Zeros behind gzip are a tape's padding; nothing else may follow them.
        let padded = code { try Compression.inflate(packed + [0, 0, 0], format) }
        #expect(padded == (format == .gzip ? nil : .trailingData))
        #expect(code { try Compression.inflate(packed + [0] + packed, format) } == .trailingData)
    }

    @Test func whatIsNotGzipIsNamedCorrupt() throws {
        let error = #expect(throws: CompressionError.self) { try Compression.inflate(Self.hello, .gzip) }
        #expect(error?.code == .corrupt)
        #expect(error?.description == "corrupt compressed data: incorrect header check")
        var packed = try Compression.deflate(Self.hello, .gzip)
        packed[packed.count - 1] ^= 1
        #expect(code { try Compression.inflate(packed, .gzip) } == .checksumMismatch)
        packed = try Compression.deflate(Self.hello, .gzip)
        packed[packed.count - 5] ^= 1
        #expect(code { try Compression.inflate(packed, .gzip) } == .checksumMismatch)
    }

    @Test func anErrorSticks() throws {
        var inflater = try Inflater(.gzip)
        var chain = ByteChain()
        #expect(code { _ = try inflater.read(Self.hello.span.bytes, into: &chain) } == .corrupt)
        let good = try Compression.deflate(Self.hello, .gzip)
        #expect(code { _ = try inflater.read(good.span.bytes, into: &chain) } == .corrupt)
        #expect(code { try inflater.finish() } == .corrupt)
        #expect(chain.count == 0)
    }

    // MARK: Bombs

    @Test func theOutputIsBounded() throws {
        let packed = try Compression.deflate(Self.hello, .gzip)
        for limit in 0...Self.hello.count + 1 {
            var chain = ByteChain()
            let limits = InflateLimits(output: limit)
            let found = code { try Inflater.decompress(packed.span.bytes, .gzip, limits: limits, into: &chain) }
            #expect(found == (limit < Self.hello.count ? .outputLimit : nil), "\(limit)")
            #expect(chain.count == min(limit, Self.hello.count))
        }
    }

    @Test func aBombIsRecognisedByItsRatio() throws {
        let zeros = [UInt8](repeating: 0, count: 4 << 20)
        let packed = try Compression.deflate(zeros, .gzip)
        #expect(packed.count < 8 << 10)
        var chain = ByteChain()
        let limits = InflateLimits(ratio: 100, ratioFrom: 1 << 20)
        let found = code { try Inflater.decompress(packed.span.bytes, .gzip, limits: limits, into: &chain) }
        #expect(found == .ratioLimit)
        // It stops near the length from which the ratio counts.
        #expect(chain.count <= 1 << 20 + 64 << 10)
        // As short as the default allows for anything, it is content.
        #expect(try Compression.inflate(packed, .gzip).count == zeros.count)
        // Many short members make a bomb, too.
        let member = try Compression.deflate([UInt8](repeating: 0, count: 1 << 16), .gzip)
        let many = Array(repeating: member, count: 40).flatMap { $0 }
        #expect(code { try Compression.inflate(many, .gzip, limits: limits) } == .ratioLimit)
    }

    @Test func aStepIsBounded() throws {
        let packed = try Compression.deflate([UInt8](repeating: 0x61, count: 1 << 20), .gzip)
        var inflater = try Inflater(.gzip)
        var offset = 0
        var total = 0
        var steps = 0
        while offset < packed.count || inflater.hasPendingOutput {
            var chain = ByteChain()
            let rest = packed.span.bytes.extracting(droppingFirst: offset)
            offset += try inflater.read(rest, into: &chain, limit: 1000)
            #expect(chain.count <= 1000)
            total += chain.count
            steps += 1
        }
        try inflater.finish()
        #expect(total == 1 << 20)
        #expect(steps >= 1048)
    }

    private func code(_ body: () throws -> some Any) -> CompressionError.Code? {
        do { _ = try body() } catch { return (error as? CompressionError)?.code }
        return nil
    }
}
