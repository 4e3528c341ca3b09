import MillpondIO
import MillpondPools
import Testing

/// Buffered bytes leave, or the caller learns that they did not.
@Suite(.timeLimit(.minutes(5))) struct FlushTests {
    @Test func finishSendsEverythingAndGivesTheSinkBack() async throws {
        var writer = BufferedWriter(MemorySink())
        try await writer.write(utf8: "buffered")
        #expect(writer.sink.bytes.isEmpty)
        let sink = try await writer.finish()
        #expect(sink.bytes == Array("buffered".utf8))
    }

    @Test func theScopeThrowsWhatItsFlushThrows() async throws {
        let error = try await ioError {
            try await withBufferedWriter(ScriptedSink([.fail(.closed)])) { writer in
                try await writer.write(utf8: "never leaves")
            }
        }
        #expect(error == .closed)
    }

    @Test func finishThrowsWhatItsFlushThrows() async throws {
        let error = try await ioError {
            var writer = BufferedWriter(ScriptedSink([.fail(.closed)]))
            try await writer.writeByte(1)
            _ = try await writer.finish()
        }
        #expect(error == .closed)
    }
}
