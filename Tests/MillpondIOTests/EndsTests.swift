import Glibc
import MillpondPools
import Testing

@testable import MillpondIO

/// Sources and sinks over descriptors, and the errors of the system below them.
@Suite(.timeLimit(.minutes(5))) struct EndsTests {
    private func pipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        #expect(unsafe Glibc.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    /// What the sink below does not take stays in the chain, before the rest.
    @Test func aChunkingSinkLosesNothing() throws {
        struct Reluctant: ByteSink, ~Copyable {
            var bytes: [UInt8] = []

            mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
                guard !chain.isEmpty else { return .complete }
                chain.withFirstSegment { segment in bytes.append(segment.unsafeLoad(as: UInt8.self)) }
                chain.removeFirst(1)
                return chain.isEmpty ? .complete : .wouldBlock
            }

            mutating func waitUntilWritable() async throws {}
        }
        let expected = (0..<200).map { UInt8($0) }
        var chain = ByteChain()
        try expected.withUnsafeBytes { try chain.append(copying: RawSpan(_unsafeBytes: $0)) }
        var sink = ChunkingSink(Reluctant(), sizes: 0...20, seed: 1)
        for _ in 0..<10_000 where !chain.isEmpty { _ = try sink.write(&chain) }
        #expect(sink.base.bytes == expected)
    }

    @Test func aPipeCarriesBytesAndItsEnd() async throws {
        let ends = pipe()
        var reader = BufferedReader(FileDescriptorSource(ends.read))
        var writer = BufferedWriter(FileDescriptorSink(ends.write))
        try await writer.writeInteger(UInt32(77))
        try await writer.flush()
        #expect(try await reader.readInteger(as: UInt32.self) == 77)
        _ = try await writer.finish()
        #expect(try await ioError { _ = try await reader.readByte() } == .endOfStream)
    }

    @Test func aMissingFileIsASystemError() throws {
        #expect(throws: IOError.system(errno: ENOENT, operation: "open")) {
            _ = try FileDescriptorSource(path: "/nonexistent/file").descriptor
        }
    }

    @Test func aBadDescriptorIsASystemError() async throws {
        var reader = BufferedReader(FileDescriptorSource(9999, owned: false))
        #expect(try await ioError { _ = try await reader.readByte() } == .system(errno: EBADF, operation: "read"))
        var writer = BufferedWriter(FileDescriptorSink(9999, owned: false))
        try await writer.writeByte(1)
        #expect(try await ioError { try await writer.flush() } == .system(errno: EBADF, operation: "writev"))
    }

    @Test func manyPiecesLeaveInOrder() async throws {
        let path = "/tmp/millpond-ends-\(SystemRandomNumberGenerator.number())"
        defer { unsafe unlink(path) }
        let pool = BlockPool(.init())
        var sink = try FileDescriptorSink(creating: path)
        var chain = ByteChain(pool: pool)
        for index in 0..<300 { try chain.append(shared([UInt8](repeating: UInt8(index & 255), count: 1100), pool)) }
        #expect(try sink.write(&chain) == .complete)
        #expect(pool.statistics().outstandingBytes == 0)
        var reader = BufferedReader(try FileDescriptorSource(path: path), pool: pool)
        for index in 0..<300 {
            let piece = try await reader.withBytes(1100) { array($0) }
            #expect(piece == [UInt8](repeating: UInt8(index & 255), count: 1100))
        }
        #expect(try await !reader.fill())
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test func copyingMovesBlocks() async throws {
        let pool = BlockPool()
        var random = SeededGenerator(seed: 3)
        let data = randomBytes(300_000, &random)
        let source = ChunkingSource(MemorySource(data), sizes: 1...9000, seed: 3, stallsOneIn: 5)
        var reader = BufferedReader(source, pool: pool)
        var writer = BufferedWriter(ChunkingSink(MemorySink(), sizes: 0...5000, seed: 4), pool: pool)
        #expect(try await copy(from: &reader, to: &writer, limit: 100_001) == 100_001)
        #expect(try await copy(from: &reader, to: &writer) == 199_999)
        try await writer.flush()
        #expect(writer.sink.base.bytes == data)
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test func errorsDescribeThemselvesBriefly() {
        #expect("\(IOError.unexpectedEnd(needed: 4, got: 1))" == "unexpected end: 1 of 4 bytes")
        #expect("\(IOError.limitExceeded(limit: 9))" == "limit exceeded: more than 9 bytes")
        #expect("\(IOError.system(errno: 5, operation: "read"))" == "read: Input/output error (errno 5)")
        #expect("\(IOError.timedOut)" == "timed out")
        #expect("\(IOError.closed.code)" == "closed")
        #expect(IOError.bufferUnavailable(.negativeSize(-1)).cause as? BlockPoolError == .negativeSize(-1))
        #expect(IOError.endOfStream != .closed)
    }
}
