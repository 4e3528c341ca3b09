import MillpondPools
import Testing

@testable import MillpondIO

/// What happens short, at the end, and after an error.
@Suite(.timeLimit(.minutes(5))) struct ReaderErrorTests {
    @Test func theEndBetweenValuesIsToldFromTheEndInsideOne() async throws {
        var reader = BufferedReader(MemorySource([1, 2, 3, 4, 5]))
        #expect(try await reader.readInteger(as: UInt32.self) == 0x0102_0304)
        let inside = try await ioError { _ = try await reader.readInteger(as: UInt32.self) }
        #expect(inside == .unexpectedEnd(needed: 4, got: 1))
        #expect(try await reader.readByte() == 5)
        let between = try await ioError { _ = try await reader.readByte() }
        #expect(between == .endOfStream)
    }

    @Test func bytesBeforeAnErrorStayReadable() async throws {
        let failure = IOError.system(errno: 104, operation: "read")
        var reader = BufferedReader(ScriptedSource([.bytes([1, 2]), .fail(failure)]))
        #expect(try await ioError { try await reader.withBytes(3) { _ in } } == failure)
        #expect(reader.bufferedCount == 2)
        #expect(try await reader.readByte() == 1)
        #expect(try await reader.readByte() == 2)
        #expect(try await ioError { _ = try await reader.readByte() } == failure)
        #expect(try await ioError { _ = try await reader.fill() } == failure)
        #expect(reader.source.reads == 2)
        #expect(reader.endingError == failure)
    }

    @Test func bytesThatComeWithAnErrorComeFirst() async throws {
        var reader = BufferedReader(ScriptedSource([.failAfter([1, 2], .timedOut)]))
        #expect(try await reader.readInteger(as: UInt16.self) == 0x0102)
        #expect(try await ioError { _ = try await reader.readByte() } == .timedOut)
    }

    @Test func bytesThatComeWithTheEndComeFirst() async throws {
        var reader = BufferedReader(ScriptedSource([.endWith([1, 2]), .end]))
        #expect(try await reader.readInteger(as: UInt16.self) == 0x0102)
        #expect(try await !reader.fill())
        let isEnded = reader.isEnded
        #expect(isEnded)
        #expect(reader.source.reads == 1)
    }

    @Test func theEndIsRememberedUntilCleared() async throws {
        var reader = BufferedReader(ScriptedSource([.end, .bytes([1])]))
        #expect(try await !reader.fill())
        #expect(try await !reader.fill())
        #expect(reader.source.reads == 1)
        reader.clearEnd()
        #expect(try await reader.readByte() == 1)
    }

    @Test func anErrorOfAWaitIsNotRemembered() async throws {
        let source = ScriptedSource([.bytes([1]), .wouldBlock, .bytes([2])], waitErrors: [IOError.timedOut])
        var reader = BufferedReader(source)
        #expect(try await ioError { _ = try await reader.readInteger(as: UInt16.self) } == .timedOut)
        #expect(reader.bufferedCount == 1)
        #expect(try await reader.readInteger(as: UInt16.self) == 0x0102)
    }

    @Test func cancellationPassesThrough() async throws {
        let source = ScriptedSource([.wouldBlock, .bytes([2])], waitErrors: [CancellationError()])
        var reader = BufferedReader(source)
        do {
            _ = try await reader.readByte()
            Issue.record("nothing thrown")
        } catch is CancellationError {}
        #expect(try await reader.readByte() == 2)
    }

    @Test func aSourceThatBringsNothingIsSurvived() async throws {
        let idle = [Step](repeating: .nothing, count: 50)
        var reader = BufferedReader(ScriptedSource(idle + [.wouldBlock, .wouldBlock] + idle + [.bytes([7]), .end]))
        #expect(try await reader.readByte() == 7)
        #expect(reader.source.waits == 2)
        var broken = BufferedReader(ScriptedSource([.nothing]))
        #expect(try await ioError { _ = try await broken.readByte() } == .noProgress)
        var spinning = BufferedReader(ScriptedSource([.wouldBlock]))
        #expect(try await ioError { _ = try await spinning.readByte() } == .noProgress)
    }

    @Test func limitsAreKeptAndTheBytesStay() async throws {
        var reader = BufferedReader(MemorySource(utf8: "short\nvery long line\n\n"))
        #expect(try await reader.withLine(limit: 6) { $0.byteCount } == 5)
        #expect(try await ioError { try await reader.withLine(limit: 14) { _ in } } == .limitExceeded(limit: 14))
        #expect(try await ioError { _ = try await reader.readUntil(10, limit: 14) } == .limitExceeded(limit: 14))
        #expect(try await ioError { try await reader.withHeaderBlock(limit: 15) { _ in } } == .limitExceeded(limit: 15))
        #expect(try await reader.withHeaderBlock(limit: 16) { $0.byteCount } == 15)
    }

    @Test func aLineWithoutEndIsBoundedWhileItComes() async throws {
        let source = ChunkingSource(MemorySource([UInt8](repeating: 65, count: 1_000_000)), sizes: 1...100, seed: 1)
        var reader = BufferedReader(source)
        #expect(try await ioError { try await reader.withLine(limit: 1000) { _ in } } == .limitExceeded(limit: 1000))
        #expect(reader.bufferedCount < 10_000)
    }

    @Test func theLastLineMayLackItsEnd() async throws {
        var reader = BufferedReader(MemorySource(utf8: "a\nbc"))
        #expect(try await reader.withLine { array($0) } == [97])
        #expect(try await ioError { try await reader.withLine { _ in } } == .unexpectedEnd(needed: 3, got: 2))
        #expect(try await reader.withLine(lastMayLackTerminator: true) { array($0) } == [98, 99])
        let end = try await ioError { try await reader.withLine(lastMayLackTerminator: true) { _ in } }
        #expect(end == .endOfStream)
    }

    @Test func aThrowingBodyConsumesNothing() async throws {
        var reader = BufferedReader(MemorySource([1, 2, 3]))
        await #expect(throws: NoError.self) { try await reader.withBytes(2) { _ in throw NoError() } }
        #expect(try await reader.withBytes(3) { array($0) } == [1, 2, 3])
    }

    @Test func tooLargeAViewIsAnError() async throws {
        let source = MemorySource([UInt8](repeating: 1, count: 2 << 20))
        var reader = BufferedReader(source)
        #expect(try await ioError { try await reader.withBytes(2 << 20) { _ in } }.code == .bufferUnavailable)
        var total = 0
        try await reader.forEachChunk(2 << 20) { total += $0.byteCount }
        #expect(total == 2 << 20)
    }

    @Test func aPoolAtItsBudgetIsAnErrorAndReadingGoesOnLater() async throws {
        let pool = BlockPool(.init(budget: 64 * 1024))
        var reader = BufferedReader(MemorySource([1, 2, 3]), pool: pool)
        do {
            var hog = ByteChain(pool: pool)
            while let block = try? pool.take(minimumCapacity: 512) { try hog.appendReference(block.freeze(count: 512)) }
            #expect(try await ioError { _ = try await reader.readByte() }.code == .bufferUnavailable)
            #expect(hog.count > 0)
        }
        #expect(try await reader.readByte() == 1)
    }
}
