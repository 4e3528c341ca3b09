import MillpondPools
import TestSupport
import Testing

@testable import MillpondIO

/// Searching for delimiters, against a naive search.
@Suite(.timeLimit(.minutes(5))) struct DelimiterTests {
    static func naive(_ sought: [UInt8], _ bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count - start >= sought.count else { return nil }
        return (start...bytes.count - sought.count).first { Array(bytes[$0..<$0 + sought.count]) == sought }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func theSearchIsThatOfANaiveOneRightBeforeAnUnmappedPage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            // Few different bytes, so that there are hits and near hits.
            let bytes = (0..<Int(random.next() % 200)).map { _ in UInt8(random.next() % 3) }
            let sought = (0..<1 + Int(random.next() % 5)).map { _ in UInt8(random.next() % 3) }
            let start = Int(random.next() % UInt64(bytes.count + 2))
            withBytesBeforeGuardPage(bytes) { buffer in
                let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(buffer.baseAddress!), byteCount: bytes.count)
                withBytesBeforeGuardPage(sought) { wanted in
                    let several = unsafe RawSpan(
                        _unsafeStart: UnsafeRawPointer(wanted.baseAddress!), byteCount: sought.count)
                    #expect(
                        Delimiters.index(of: several, in: span, from: start) == Self.naive(sought, bytes, from: start))
                }
                #expect(
                    Delimiters.index(of: sought[0], in: span, from: start)
                        == Self.naive([sought[0]], bytes, from: start))
            }
        }
    }

    static let chunkings: [ClosedRange<Int>] = [1...1, 1...3, 1...64, 500...5000]

    @Test(arguments: 0..<80 as Range<UInt64>)
    func delimitersAreFoundAcrossBlocks(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let delimiter = (0..<1 + Int(random.next() % 6)).map { _ in UInt8(random.next() % 2) }
        let data = (0..<20_000).map { _ in random.next() % 12 == 0 ? UInt8(2) : UInt8(random.next() % 2) }
        let source = ChunkingSource(
            MemorySource(data), sizes: Self.chunkings[Int(seed) % 4], seed: seed, stallsOneIn: 5)
        var reader = BufferedReader(source)
        // As separate blocks, too: fed ones aren't next to what is read.
        try reader.feed(shared([UInt8](repeating: 1, count: 1500), .shared))
        let all = [UInt8](repeating: 1, count: 1500) + data
        var position = 0
        while let found = Self.naive(delimiter, all, from: position), random.next() % 500 != 0 {
            let end = found + delimiter.count
            let expected = Array(all[position..<end])
            if random.next() % 2 == 0 {
                #expect(try await reader.withBytes(through: delimiter.span.bytes) { array($0) } == expected)
            } else {
                #expect(try await array(reader.readUntil(delimiter.span.bytes)) == expected)
            }
            position = end
        }
        #expect(try await ReaderPropertyTests.rest(of: &reader) == Array(all[position...]))
    }

    @Test func theLimitCountsTheDelimiter() async throws {
        var reader = BufferedReader(ChunkingSource(MemorySource(utf8: "abcde--rest"), sizes: 1...1, seed: 1))
        let delimiter = SharedBytes("--")
        #expect(
            try await ioError { _ = try await reader.readUntil(delimiter.bytes, limit: 6) } == .limitExceeded(limit: 6))
        #expect(try await array(reader.readUntil(delimiter.bytes, limit: 7)) == Array("abcde--".utf8))
        #expect(
            try await ioError { _ = try await reader.readUntil(delimiter.bytes) } == .unexpectedEnd(needed: 5, got: 4))
        #expect(try await reader.withBytes(4) { array($0) } == Array("rest".utf8))
    }

    @Test func hostileInputIsSearchedInLinearTime() async throws {
        // Quadratic in a naive search: 2 × 10⁵ × 10³ comparisons per attempt, and many attempts.
        let data = [UInt8](repeating: 0, count: 200_000)
        let delimiter = [UInt8](repeating: 0, count: 1000) + [1]
        var reader = BufferedReader(ChunkingSource(MemorySource(data), sizes: 1000...1000, seed: 1))
        let error = try await ioError { _ = try await reader.readUntil(delimiter.span.bytes, limit: 300_000) }
        #expect(error == .unexpectedEnd(needed: 200_001, got: 200_000))
    }
}
