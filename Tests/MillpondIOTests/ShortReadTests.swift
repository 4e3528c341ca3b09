import MillpondIO
import MillpondPools
import Testing

/// A source may bring less than was asked for, as a socket does: who must deal with it.
@Suite struct ShortReadTests {
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
}
