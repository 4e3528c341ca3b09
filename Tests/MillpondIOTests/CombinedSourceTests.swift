import MillpondPools
import Testing

@testable import MillpondIO

/// Tee, limit and concatenation.
@Suite(.timeLimit(.minutes(5))) struct CombinedSourceTests {
    @Test(arguments: 0..<30 as Range<UInt64>)
    func aTeeCopiesEverythingInOrder(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let data = randomBytes(50_000, &random)
        let pool = BlockPool()
        let base = ChunkingSource(MemorySource(data), sizes: 1...3000, seed: seed, stallsOneIn: 4)
        let sink = ChunkingSink(MemorySink(), sizes: 0...2000, seed: seed)
        var reader = BufferedReader(TeeSource(base, to: sink, bound: 1 + Int(seed) * 100, pool: pool), pool: pool)
        #expect(try await ReaderPropertyTests.rest(of: &reader) == data)
        #expect(reader.source.sink.base.bytes == data)
        #expect(reader.source.pendingCount == 0)
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test func aTeeReadsNothingWhileItsSinkIsBehind() throws {
        var tee = TeeSource(
            MemorySource([UInt8](repeating: 1, count: 100)), to: ScriptedSink([.take(0)]), bound: 10)
        #expect(try read(100, &tee) == .bytes(10))
        #expect(try read(100, &tee) == .wouldBlock)
        #expect(tee.pendingCount == 10)
        tee.sink.steps = [.take(1000)]
        #expect(try read(100, &tee) == .bytes(10))
        #expect(tee.sink.written.count == 20)
    }

    @Test func aTeeFailsWithItsSink() async throws {
        let tee = TeeSource(MemorySource([1, 2, 3]), to: ScriptedSink([.fail(.closed)]))
        var reader = BufferedReader(tee)
        #expect(try await reader.readByte() == 1)
        #expect(try await ioError { try await reader.withBytes(3) { _ in } } == .closed)
    }

    @Test func aLimitSaysWhatCameFirst() async throws {
        var short = BufferedReader(LimitedSource(MemorySource([1, 2, 3]), limit: 5))
        #expect(short.source.ending == nil)
        #expect(try await ReaderPropertyTests.rest(of: &short) == [1, 2, 3])
        #expect(short.source.ending == .endOfStream)
        #expect(short.source.remaining == 2)

        var long = BufferedReader(LimitedSource(MemorySource([1, 2, 3, 4]), limit: 3))
        #expect(try await ReaderPropertyTests.rest(of: &long) == [1, 2, 3])
        #expect(long.source.ending == .limit)
        #expect(long.source.base.remaining == 1)

        var exact = BufferedReader(LimitedSource(MemorySource([1, 2]), limit: 2))
        #expect(try await ReaderPropertyTests.rest(of: &exact) == [1, 2])
        #expect(exact.source.ending == .limit)

        var none = BufferedReader(LimitedSource(MemorySource([1]), limit: 0))
        #expect(try await !none.fill())
    }

    @Test func aLimitKeepsBytesThatCameWithAnEndOrAnError() async throws {
        var end = BufferedReader(LimitedSource(ScriptedSource([.endWith([1, 2])]), limit: 4))
        #expect(try await end.withBytes(2) { array($0) } == [1, 2])
        #expect(end.source.remaining == 2)
        var failing = BufferedReader(LimitedSource(ScriptedSource([.failAfter([1, 2, 3], .timedOut)]), limit: 4))
        #expect(try await failing.withBytes(3) { array($0) } == [1, 2, 3])
        #expect(failing.source.remaining == 1)
        #expect(try await ioError { _ = try await failing.readByte() } == .timedOut)
    }

    @Test func sourcesFollowEachOther() async throws {
        let both = ConcatenatedSource(
            ChunkingSource(MemorySource([1, 2, 3]), sizes: 1...2, seed: 1, stallsOneIn: 2),
            ConcatenatedSource(MemorySource([]), ScriptedSource([.endWith([4, 5])])))
        var reader = BufferedReader(both)
        #expect(try await ReaderPropertyTests.rest(of: &reader) == [1, 2, 3, 4, 5])
        #expect(try await ioError { _ = try await reader.readByte() } == .endOfStream)
    }

    @Test func anErrorOfTheFirstIsOneOfTheWhole() async throws {
        var reader = BufferedReader(
            ConcatenatedSource(ScriptedSource([.bytes([1]), .fail(.closed)]), MemorySource([2])))
        #expect(try await reader.readByte() == 1)
        #expect(try await ioError { _ = try await reader.readByte() } == .closed)
    }

    private func read<S: ByteSource & ~Copyable>(_ count: Int, _ source: inout S) throws -> ReadOutcome {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { unsafe buffer.deallocate() }
        var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
        let outcome = try source.read(into: &output)
        _ = unsafe output.finalize(for: buffer)
        return outcome
    }
}
