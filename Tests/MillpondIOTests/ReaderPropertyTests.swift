import MillpondPools
import Testing

@testable import MillpondIO

/// For random data, random chunking and random calls the reader yields what a flat array would.
@Suite(.timeLimit(.minutes(5))) struct ReaderPropertyTests {
    static let chunkings: [ClosedRange<Int>] = [1...1, 1...16, 1...128, 1...5000, 1024...4096, 1...100_000]

    @Test(arguments: 0..<180 as Range<UInt64>)
    func readsAsAFlatArray(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let data = Self.text(Int(random.next() % 60_000), &random)
        let sizes = Self.chunkings[Int(seed) % Self.chunkings.count]
        let pool = BlockPool(.init())
        do {
            let source = ChunkingSource(MemorySource(data), sizes: sizes, seed: seed, stallsOneIn: 4)
            var reader = BufferedReader(source, pool: pool)
            var model = Model(rest: data[...])
            while try await step(&reader, &model, &random) {}
            // Whatever the last call threw: the rest is still there.
            #expect(try await Self.rest(of: &reader) == Array(model.rest))
            #expect(reader.bufferedCount == 0)
        }
        #expect(pool.statistics().outstandingBytes == 0)
    }

    /// The same through every kind of source that stands between: tee, limit, concatenation, and blocks that a producer
    /// pushes.
    @Test(arguments: 0..<120 as Range<UInt64>)
    func combinedSourcesReadAsAFlatArray(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed &+ 1000)
        let data = Self.text(1 + Int(random.next() % 40_000), &random)
        let cut = Int(random.next() % UInt64(data.count))
        let sizes = Self.chunkings[Int(seed) % Self.chunkings.count]
        func source(_ part: ArraySlice<UInt8>, _ seed: UInt64) -> ChunkingSource<MemorySource> {
            ChunkingSource(MemorySource(Array(part)), sizes: sizes, seed: seed, stallsOneIn: 4)
        }
        let pool = BlockPool(.init())
        do {
            let limited = LimitedSource(source(data[...], seed), limit: cut)
            let both = ConcatenatedSource(limited, source(data[cut...], seed))
            let sink = ChunkingSink(MemorySink(), sizes: 0...3000, seed: seed)
            var reader = BufferedReader(TeeSource(both, to: sink, pool: pool), pool: pool)
            var model = Model(rest: data[...])
            while try await step(&reader, &model, &random) {}
            #expect(try await Self.rest(of: &reader) == Array(model.rest))
            #expect(reader.source.sink.base.bytes == data)
            #expect(reader.source.base.first.remaining == 0)
        }
        do {
            let source = PushSource(lowWater: 100, highWater: 4000, pool: pool)
            let writer = source.makeWriter()
            async let pushed: Void = PushSourceTests.push(data, to: writer, seed: seed)
            var reader = BufferedReader(source, pool: pool)
            var model = Model(rest: data[...])
            while try await step(&reader, &model, &random) {}
            #expect(try await Self.rest(of: &reader) == Array(model.rest))
            try await pushed
        }
        #expect(pool.statistics().outstandingBytes == 0)
    }

    struct Model {
        var rest: ArraySlice<UInt8>
        /// What was left at the mark, and its limit.
        var mark: (rest: ArraySlice<UInt8>, limit: Int)?

        mutating func take(_ count: Int) -> [UInt8] {
            let part = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            return part
        }
    }

    /// Bytes with lines of all lengths in them, some of them empty.
    static func text(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = randomBytes(count, &random).map { $0 == 10 ? 11 : $0 }
        var index = 0
        let spacing = [3, 50, 2000][Int(random.next() % 3)]
        while index < count {
            bytes[index] = 10
            if index > 0, random.next() % 2 == 0 { bytes[index - 1] = 13 }
            index += 1 + Int(random.next() % UInt64(spacing))
        }
        return bytes
    }

    static func rest<S: ByteSource & ~Copyable>(of reader: inout BufferedReader<S>) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        repeat {
            while reader.bufferedCount > 0 {
                bytes += reader.withBuffered { array($0) }
                reader.consume(reader.contiguousCount)
            }
        } while try await reader.fill()
        return bytes
    }

    /// One random call. False when the stream ended.
    private func step<S: ByteSource & ~Copyable>(
        _ reader: inout BufferedReader<S>, _ model: inout Model, _ random: inout SeededGenerator
    ) async throws -> Bool {
        let small = [0, 1, 3, 17, 100, 900][Int(random.next() % 6)]
        let count = random.next() % 8 == 0 ? small * 30 : small
        let before = model.rest.count
        do {
            switch random.next() % 6 {
            case 5: try marks(&reader, &model, &random)
            case 0: try await views(&reader, &model, &random, count)
            case 1: try await integers(&reader, &model, &random)
            case 2: try await lines(&reader, &model, &random)
            case 3: try await copies(&reader, &model, &random, count)
            default: try await plain(&reader, &model, &random, count)
            }
            return true
        } catch let error as IOError where error.code == .endOfStream {
            #expect(model.rest.isEmpty)
            return false
        } catch let error as IOError where error.code == .unexpectedEnd {
            #expect(!model.rest.isEmpty || before > 0)
            #expect(error.needed > error.got)
            #expect(error.got == before)
            return false
        } catch let error as IOError where error.code == .limitExceeded {
            return true
        }
    }

    private func views<S: ByteSource & ~Copyable>(
        _ reader: inout BufferedReader<S>, _ model: inout Model, _ random: inout SeededGenerator, _ count: Int
    ) async throws {
        switch random.next() % 4 {
        case 0:
            let bytes = try await reader.withBytes(count) { array($0) }
            #expect(bytes == model.take(count))
        case 1:
            let bytes = try await reader.peek(count) { array($0) }
            #expect(bytes == Array(model.rest.prefix(count)))
        case 2:
            let bytes = try await reader.withMutableBytes(count) { bytes in
                let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
                for index in 0..<bytes.byteCount { bytes.storeBytes(of: 0, toByteOffset: index, as: UInt8.self) }
                return copy
            }
            #expect(bytes == model.take(count))
        default:
            var bytes: [UInt8] = []
            do {
                try await reader.forEachChunk(count) { bytes += array($0) }
            } catch {
                #expect(bytes == model.take(count))
                throw IOError.endOfStream
            }
            #expect(bytes == model.take(count))
        }
    }

    private func marks<S: ByteSource & ~Copyable>(
        _ reader: inout BufferedReader<S>, _ model: inout Model, _ random: inout SeededGenerator
    ) throws {
        switch random.next() % 4 {
        case 0:
            let limit = [0, 100, 5000, 100_000][Int(random.next() % 4)]
            try reader.mark(limit: limit)
            model.mark = (model.rest, limit)
        case 1:
            reader.unmark()
            model.mark = nil
        default:
            guard let mark = model.mark else { return }
            let consumed = mark.rest.count - model.rest.count
            do {
                try reader.rewind()
                #expect(consumed <= mark.limit)
                model.rest = mark.rest
            } catch {
                #expect(error == .limitExceeded(limit: mark.limit))
                #expect(consumed > mark.limit)
                model.mark = nil
                reader.unmark()
            }
        }
    }

    private func integers<S: ByteSource & ~Copyable>(
        _ reader: inout BufferedReader<S>, _ model: inout Model, _ random: inout SeededGenerator
    ) async throws {
        let endianness: Endianness = random.next() % 2 == 0 ? .big : .little
        func value(_ bytes: [UInt8]) -> UInt64 {
            (endianness == .big ? bytes : bytes.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch random.next() % 5 {
        case 0: #expect(try await UInt64(reader.readByte()) == value(model.take(1)))
        case 1:
            let width = 1 + Int(random.next() % 8)
            #expect(try await reader.readInteger(byteCount: width, endianness: endianness) == value(model.take(width)))
        case 2:
            let short = try await reader.readInteger(as: UInt16.self, endianness: endianness)
            #expect(UInt64(short) == value(model.take(2)))
        case 3:
            let word = try await reader.readInteger(as: UInt32.self, endianness: endianness)
            #expect(UInt64(word) == value(model.take(4)))
        default:
            #expect(try await reader.readInteger(as: UInt64.self, endianness: endianness) == value(model.take(8)))
        }
    }

    private func lines<S: ByteSource & ~Copyable>(
        _ reader: inout BufferedReader<S>, _ model: inout Model, _ random: inout SeededGenerator
    ) async throws {
        let limit = [10, 200, 10_000][Int(random.next() % 3)]
        let length = model.rest.firstIndex(of: 10).map { $0 - model.rest.startIndex + 1 }
        do {
            switch random.next() % 4 {
            case 0:
                let line = try await reader.withLine(limit: limit) { array($0) }
                #expect(line == Self.withoutEnd(model.take(length ?? 0)))
            case 1:
                let line = try await array(reader.readLine(limit: limit))
                #expect(line == Self.withoutEnd(model.take(length ?? 0)))
            case 2:
                let line = try await array(reader.readUntil(10, limit: limit))
                #expect(line == model.take(length ?? 0))
            default:
                let block = try await reader.withHeaderBlock(limit: limit) { array($0) }
                let taken = model.take(block.count)
                #expect(block == taken)
                #expect(block.isEmpty || block.last == 10)
                let next = model.take(1)
                #expect(next == [10] || next + model.take(1) == [13, 10])
            }
        } catch let error as IOError where error.code == .limitExceeded {
            #expect(error.needed == limit)
            #expect(length ?? .max > limit || model.rest.count >= limit)
            throw error
        }
    }

    private static func withoutEnd(_ line: [UInt8]) -> [UInt8] {
        guard line.last == 10 else { return line }
        return line.count > 1 && line[line.count - 2] == 13 ? line.dropLast(2) : line.dropLast()
    }

    private func copies<S: ByteSource & ~Copyable>(
        _ reader: inout BufferedReader<S>, _ model: inout Model, _ random: inout SeededGenerator, _ count: Int
    ) async throws {
        switch random.next() % 4 {
        case 0: #expect(try await array(reader.take(count)) == model.take(count))
        case 1: #expect(try await array(reader.takeShared(count)) == model.take(count))
        case 2:
            let bytes = try await Self.output(count) { output throws in _ = try await reader.read(into: &output) }
            #expect(bytes == model.take(bytes.count))
            #expect(!bytes.isEmpty || count == 0 || model.rest.isEmpty)
        default:
            guard model.rest.count >= count else { return }
            let bytes = try await Self.output(count) { output throws in try await reader.readExactly(into: &output) }
            #expect(bytes == model.take(count))
        }
    }

    /// Lets `body` fill `count` bytes.
    static func output(_ count: Int, _ body: (inout OutputRawSpan) async throws -> Void) async throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { unsafe buffer.deallocate() }
        var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
        try await body(&output)
        let written = unsafe output.finalize(for: buffer)
        return unsafe Array(buffer.prefix(written))
    }

    private func plain<S: ByteSource & ~Copyable>(
        _ reader: inout BufferedReader<S>, _ model: inout Model, _ random: inout SeededGenerator, _ count: Int
    ) async throws {
        switch random.next() % 4 {
        case 0:
            guard model.rest.count >= count else { return }
            try await reader.skip(count)
            _ = model.take(count)
        case 1:
            guard reader.bufferedCount < 50_000 else { return }
            _ = try await reader.fill(contiguous: random.next() % 2 == 0)
        case 2:
            guard reader.bufferedCount < 50_000 else { return }
            _ = try reader.tryFill(contiguous: random.next() % 2 == 0)
        default:
            let part = min(count, reader.bufferedCount)
            reader.consume(part)
            _ = model.take(part)
        }
    }
}
