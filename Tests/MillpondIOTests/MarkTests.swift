import MillpondPools
import Testing

@testable import MillpondIO

/// Going back to a mark.
@Suite(.timeLimit(.minutes(5))) struct MarkTests {
    private func reader(_ data: [UInt8], _ sizes: ClosedRange<Int>, _ pool: BlockPool) -> BufferedReader<
        ChunkingSource<MemorySource>
    > {
        BufferedReader(ChunkingSource(MemorySource(data), sizes: sizes, seed: 5, stallsOneIn: 3), pool: pool)
    }

    @Test(arguments: [1...1, 1...40, 100...5000])
    func theSameBytesAreReadAgain(sizes: ClosedRange<Int>) async throws {
        var random = SeededGenerator(seed: 1)
        let data = randomBytes(50_000, &random)
        let pool = BlockPool()
        var reader = reader(data, sizes, pool)
        _ = try await reader.withBytes(1000) { _ in }
        try reader.mark(limit: 30_000)
        for _ in 0..<3 {
            #expect(try await reader.withBytes(9000) { array($0) } == Array(data[1000..<10_000]))
            #expect(try await array(reader.take(15_000)) == Array(data[10_000..<25_000]))
            try reader.rewind()
        }
        reader.unmark()
        #expect(try await ReaderPropertyTests.rest(of: &reader) == Array(data[1000...]))
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test func blocksAreKeptNotCopied() async throws {
        var reader = BufferedReader(MemorySource([UInt8](repeating: 1, count: 4096)))
        try reader.mark(limit: 4096)
        let before = try await reader.withBytes(4000) { address(of: $0) }
        try reader.rewind()
        let after = try await reader.withBytes(4000) { address(of: $0) }
        #expect(before == after)
    }

    @Test func changesInPlaceDoNotReachTheMark() async throws {
        var reader = BufferedReader(MemorySource(Array(1...100)))
        try await reader.peek(50) { _ in }
        try reader.mark(limit: 100)
        try await reader.withMutableBytes(100) { bytes in
            for index in 0..<100 { bytes.storeBytes(of: 0, toByteOffset: index, as: UInt8.self) }
        }
        try reader.rewind()
        #expect(try await reader.withBytes(100) { array($0) } == Array(1...100))
    }

    @Test func beyondTheLimitTheMarkIsLost() async throws {
        let pool = BlockPool()
        var reader = reader([UInt8](repeating: 3, count: 100_000), 1000...1000, pool)
        try reader.mark(limit: 10)
        try await reader.skip(11)
        #expect(throws: IOError.limitExceeded(limit: 10)) { try reader.rewind() }
        let isMarked = reader.isMarked
        #expect(!isMarked)
        // Where it was: nothing is lost.
        #expect(try await ReaderPropertyTests.rest(of: &reader).count == 99_989)

        var other = self.reader([UInt8](repeating: 3, count: 1_000_000), 1000...1000, pool)
        try other.mark(limit: 1000)
        try await other.skip(900_000)
        // Given up as soon as it is out of reach, not at the attempt to go back.
        #expect(pool.statistics().outstandingBytes < 20_000)
        #expect(throws: IOError.limitExceeded(limit: 1000)) { try other.rewind() }
    }

    @Test func exactlyTheLimitIsWithinReach() async throws {
        var reader = BufferedReader(MemorySource(Array(1...100)))
        try reader.mark(limit: 60)
        try await reader.skip(60)
        try reader.rewind()
        #expect(try await reader.readByte() == 1)
    }

    @Test func theEndIsRememberedBehindTheMark() async throws {
        var reader = BufferedReader(MemorySource([1, 2, 3]))
        try reader.mark(limit: 10)
        #expect(try await ioError { try await reader.peek(4) { _ in } } == .unexpectedEnd(needed: 4, got: 3))
        try await reader.skip(3)
        #expect(try await !reader.fill())
        try reader.rewind()
        #expect(try await reader.withBytes(3) { array($0) } == [1, 2, 3])
        #expect(try await ioError { _ = try await reader.readByte() } == .endOfStream)
    }

    @Test func fedBytesAreRememberedToo() async throws {
        var reader = BufferedReader(MemorySource([]))
        try reader.feed(([1, 2] as [UInt8]).span.bytes)
        try reader.mark(limit: 5000)
        try reader.feed(([3] as [UInt8]).span.bytes)
        try reader.feed(shared([UInt8](repeating: 4, count: 2000), .shared))
        #expect(try await reader.withBytes(4) { array($0) } == [1, 2, 3, 4])
        try reader.rewind()
        #expect(reader.bufferedCount == 2003)
        #expect(try await reader.withBytes(4) { array($0) } == [1, 2, 3, 4])
    }

    @Test func aMarkOutlivesNothing() async throws {
        let pool = BlockPool()
        do {
            var reader = reader([UInt8](repeating: 1, count: 10_000), 1...100, pool)
            try reader.mark(limit: 9000)
            try await reader.skip(5000)
        }
        #expect(pool.statistics().outstandingBytes == 0)
    }
}

/// Where a view lies.
func address(of bytes: RawSpan) -> UInt {
    unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
}
