import MillpondIO
import MillpondPools
import Testing

/// A source may bring less than was asked for, as a socket does: who must deal with it.
@Suite(.timeLimit(.minutes(5))) struct ShortReadTests {
    /// A reader of 1…9 that come one at a time.
    private func reader() -> BufferedReader<ScriptedSource> {
        BufferedReader(ScriptedSource((1...9).map { .bytes([$0]) } + [.end]))
    }

    /// What `body` appends to an output of `capacity` bytes.
    private func output(
        _ capacity: Int, _ body: (inout OutputRawSpan) async throws -> Void
    ) async throws -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
        defer { unsafe memory.deallocate() }
        var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
        try await body(&output)
        let count = unsafe output.finalize(for: memory)
        return unsafe Array(memory[..<count])
    }

    @Test func whatWantsACountReadsUntilItHasIt() async throws {
        var reader = reader()
        #expect(try await reader.readInteger(as: UInt16.self) == 0x0102)
        #expect(try await reader.withBytes(3) { array($0) } == [3, 4, 5])
        let bytes = try await output(4) { output in try await reader.readExactly(into: &output) }
        #expect(bytes == [6, 7, 8, 9])
    }

    @Test func onlyReadGivesLessAndSaysHowMuch() async throws {
        var reader = reader()
        var count = 0
        let bytes = try await output(4) { output in count = try await reader.read(into: &output) }
        #expect(count == 1)
        #expect(bytes == [1])
    }

    @Test func anEndInTheMiddleSaysWhatWasMissing() async throws {
        var reader = reader()
        try await reader.skip(7)
        let error = try await ioError { try await reader.withBytes(4) { _ in } }
        #expect(error == .unexpectedEnd(needed: 4, got: 2))
        #expect(try await reader.withBytes(2) { array($0) } == [8, 9])
    }

    @Test func aValueInManyPiecesIsCompletedWhereItsFirstOneLies() async throws {
        var reader = BufferedReader(ScriptedSource((0..<200).map { .bytes([UInt8]($0..<$0 + 1)) } + [.end]))
        let first = try await reader.peek(1) { address(of: $0) }
        #expect(try await reader.withBytes(200) { address(of: $0) } == first)
    }

    @Test func aValueAtTheEndOfItsBlockMovesToTheBlocksStart() async throws {
        // The second value of 1500 bytes has no room behind the first one; 900 bytes of it have come.
        let pool = BlockPool()
        let pieces: [Step] = [.bytes([UInt8](repeating: 1, count: 3900)), .bytes([UInt8](repeating: 2, count: 600))]
        var reader = BufferedReader(ScriptedSource(pieces + [.end]), pool: pool)
        let start = try await reader.withBytes(3000) { address(of: $0) }
        let second = try await reader.withBytes(1500) { view in
            #expect(array(view) == [UInt8](repeating: 1, count: 900) + [UInt8](repeating: 2, count: 600))
            return address(of: view)
        }
        #expect(second == start)
        #expect(pool.statistics().outstanding == 0)
    }

    @Test func aSourceThatHasNothingIsNotAskedTwice() async throws {
        let steps: [Step] = [.bytes([1]), .bytes([2]), .wouldBlock, .bytes([3]), .bytes([4]), .end]
        var reader = BufferedReader(ScriptedSource(steps))
        #expect(try await reader.readInteger(as: UInt32.self) == 0x0102_0304)
        #expect(reader.source.reads == 5)
        #expect(reader.source.waits == 1)
    }

    @Test func anErrorInsideAValueComesAfterTheBytesBeforeIt() async throws {
        let steps: [Step] = [.bytes([1]), .bytes([2]), .failAfter([3], .timedOut)]
        var reader = BufferedReader(ScriptedSource(steps))
        #expect(try await ioError { try await reader.withBytes(4) { _ in } } == .timedOut)
        #expect(try await reader.withBytes(3) { array($0) } == [1, 2, 3])
        #expect(reader.source.reads == 3)
    }
}
