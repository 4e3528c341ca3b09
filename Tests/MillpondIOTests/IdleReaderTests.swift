import MillpondPools
import Testing

@testable import MillpondIO

/// What a reader owns while it has nothing to show.
@Suite(.timeLimit(.minutes(5))) struct IdleReaderTests {
    /// Notes what the pool has given out whenever the reader waits.
    struct WatchingSource: ByteSource, ~Copyable {
        let pool: BlockPool
        var pieces: [[UInt8]]
        var ready = false
        var outstandingWhileWaiting: [Int] = []

        mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
            guard !pieces.isEmpty else { return .endOfStream }
            guard ready else { return .wouldBlock }
            ready = false
            let piece = pieces.removeFirst()
            for byte in piece { output.append(byte) }
            return .bytes(piece.count)
        }

        mutating func waitUntilReadable() async throws {
            outstandingWhileWaiting.append(Int(pool.statistics().outstandingBytes))
            ready = true
        }
    }

    @Test func aWaitingReaderWithNothingBufferedHoldsNoBlock() async throws {
        let pool = BlockPool(.init())
        let source = WatchingSource(pool: pool, pieces: [[1, 2, 3, 4], [5, 6], [7, 8], [9]])
        var reader = BufferedReader(source, pool: pool)
        #expect(try await reader.readInteger(as: UInt32.self) == 0x0102_0304)
        #expect(pool.statistics().outstandingBytes == 0)
        #expect(try await reader.readInteger(as: UInt32.self) == 0x0506_0708)
        #expect(try await reader.readByte() == 9)
        // Only the wait in the middle of a value holds a block.
        let held = reader.source.outstandingWhileWaiting.map { $0 > 0 }
        #expect(held == [false, false, true, false])
    }

    @Test func askingWithoutWaitingLeavesNothingBehind() throws {
        let pool = BlockPool(.init())
        var reader = BufferedReader(ScriptedSource([.wouldBlock]), pool: pool)
        #expect(try reader.tryFill() == .wouldBlock)
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test func readersAndChainsAreSmall() {
        #expect(MemoryLayout<ByteChain>.size <= 80)
        #expect(MemoryLayout<BufferedReader<FileDescriptorSource>>.size <= 150)
        let segmentSize = unsafe MemoryLayout<ByteSegment>.stride
        #expect(segmentSize == 24)
    }

    @Test func readSizesGrowWithWhatComesAndShrinkAgain() {
        var size = ReadSize()
        #expect(size.bytes == 4096)
        for _ in 0..<10 { size.record(size.bytes, of: size.bytes) }
        #expect(size.bytes == 65_536)
        for _ in 0..<200 { size.record(10, of: size.bytes) }
        #expect(size.bytes == 4096)
        size.record(10, of: 10)
        #expect(size.bytes == 4096)
    }

    @Test func bufferedBytesMoveToTheNextReader() async throws {
        let pool = BlockPool(.init())
        var reader = BufferedReader(MemorySource([1, 2, 3]), pool: pool)
        #expect(try await reader.readByte() == 1)
        let left = reader.takeBuffered()
        #expect(reader.bufferedCount == 0)
        var next = BufferedReader(MemorySource([4]), buffered: left)
        try next.feed(SharedBytes("!"))
        #expect(try await next.withBytes(4) { array($0) } == [2, 3, 33, 4])
    }
}
