import Foundation
import MillpondPools
import TestSupport
import Testing

@testable import MillpondIO

/// Copies and file writes between descriptors: files, pipes and sockets.
@Suite(.timeLimit(.minutes(5))) struct KernelCopyTests {
    /// A file with `data`, gone with the value; opened anew for each use.
    final class TemporaryFile: Sendable {
        let path = "/tmp/millpond-copy-\(UInt64.random(in: 0 ... .max))"

        init(_ data: [UInt8] = []) throws {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            #expect(write(descriptor, data, data.count) == data.count)
            close(descriptor)
        }

        deinit { unlink(path) }

        var contents: [UInt8] {
            get async throws {
                var reader = BufferedReader(try FileDescriptorSource(path: path))
                return try await ReaderPropertyTests.rest(of: &reader)
            }
        }
    }

    /// Two connected sockets in blocking mode, or a pipe whose second end is written.
    static func pair(_ isPipe: Bool = false) -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        #expect((isPipe ? pipe(&ends) : socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)) == 0)
        return (ends[0], ends[1])
    }

    static func data(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        return randomBytes(count, &random)
    }

    /// Work on a thread of its own, since the ends block: the tasks' threads are few.
    final class Work<Result: Sendable>: Sendable {
        private let result = Guarded<Result?>(nil)

        init(_ body: @escaping @Sendable () -> Result) {
            Thread.detachNewThread { [self] in
                let value = body()
                result.withLock { $0 = value }
            }
        }

        /// What it came to; nil after ten seconds.
        var value: Result? {
            get async {
                _ = await eventually { result.withLock { $0 != nil } }
                return result.withLock { $0 }
            }
        }
    }

    /// Everything that comes until the end.
    static func collect(_ descriptor: Int32) -> Work<[UInt8]> {
        Work {
            var all: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let got = read(descriptor, &buffer, buffer.count)
                guard got > 0 else { break }
                all += buffer[..<got]
            }
            close(descriptor)
            return all
        }
    }

    static func send(_ data: [UInt8], to descriptor: Int32) -> Work<Void> {
        Work {
            var rest = data[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, min($0.count, 50_000)) }
                guard sent > 0 else { break }
                rest = rest.dropFirst(sent)
            }
            close(descriptor)
        }
    }

    @Test func whatAWriterLostIsNotPassedOver() async throws {
        let file = try TemporaryFile(Self.data(100_000))
        var reader = BufferedReader(try FileDescriptorSource(path: file.path))
        var writer = BufferedWriter(try FileDescriptorSink(creating: "/dev/full"))
        try await writer.write(utf8: "lost")
        await #expect(throws: IOError.self) { try await writer.flush() }
        let error = await #expect(throws: IOError.self) { try await copy(from: &reader, to: &writer) }
        #expect(error?.errno == ENOSPC)
    }

    @Test(arguments: [0, 1, 16_383, 16_384, 300_000])
    func fileToFile(count: Int) async throws {
        let data = Self.data(count)
        let (from, to) = (try TemporaryFile(data), try TemporaryFile())
        var reader = BufferedReader(try FileDescriptorSource(path: from.path))
        var writer = BufferedWriter(try FileDescriptorSink(creating: to.path))
        #expect(try await copy(from: &reader, to: &writer) == count)
        _ = try await writer.finish()
        #expect(try await to.contents == data)
        let isEnded = reader.isEnded
        #expect(isEnded)
    }

    /// What both have buffered goes first, in order, and the limit is exact.
    @Test(arguments: [100, 20_000, 250_000])
    func bufferedBytesGoFirst(limit: Int) async throws {
        let data = Self.data(300_000)
        let (from, to) = (try TemporaryFile(data), try TemporaryFile())
        var reader = BufferedReader(try FileDescriptorSource(path: from.path))
        var writer = BufferedWriter(try FileDescriptorSink(creating: to.path))
        try await writer.write(([1, 2, 3] as [UInt8]).span.bytes)
        #expect(try await reader.withBytes(1000) { array($0) } == Array(data[..<1000]))
        #expect(reader.bufferedCount > 0)
        #expect(try await copy(from: &reader, to: &writer, limit: limit) == limit)
        try await writer.write(([4, 5] as [UInt8]).span.bytes)
        // The reader goes on right behind.
        #expect(try await reader.withBytes(10) { array($0) } == Array(data[(1000 + limit)...].prefix(10)))
        _ = try await writer.finish()
        #expect(try await to.contents == [1, 2, 3] + data[1000..<1000 + limit] + [4, 5])
    }

    @Test func aFileOpenedForAppendingIsWrittenByAnotherWay() async throws {
        let data = Self.data(200_000)
        let (from, to) = (try TemporaryFile(data), try TemporaryFile([9]))
        var reader = BufferedReader(try FileDescriptorSource(path: from.path))
        var writer = BufferedWriter(FileDescriptorSink(open(to.path, O_WRONLY | O_APPEND)))
        #expect(try await copy(from: &reader, to: &writer) == data.count)
        _ = try await writer.finish()
        #expect(try await to.contents == [9] + data)
    }

    /// Files of the kernel's own say that they are empty, and are not.
    @Test func aFileWithoutLengthIsReadToItsEnd() async throws {
        let to = try TemporaryFile()
        var expected = BufferedReader(try FileDescriptorSource(path: "/proc/cpuinfo"))
        var reader = BufferedReader(try FileDescriptorSource(path: "/proc/cpuinfo"))
        var writer = BufferedWriter(try FileDescriptorSink(creating: to.path))
        let count = try await copy(from: &reader, to: &writer)
        _ = try await writer.finish()
        let lines = try await ReaderPropertyTests.rest(of: &expected).filter { $0 == 10 }.count
        let copied = try await to.contents
        #expect(copied.count == count && count > 0)
        #expect(copied.filter { $0 == 10 }.count == lines)
    }

    @Test(arguments: [false, true], [false, true])
    func betweenPipesAndSockets(fromPipe: Bool, toPipe: Bool) async throws {
        let data = Self.data(1_500_000)
        let (input, output) = (Self.pair(fromPipe), Self.pair(toPipe))
        let sent = Self.send(data, to: input.1)
        let received = Self.collect(output.0)
        var reader = BufferedReader(FileDescriptorSource(input.0))
        var writer = BufferedWriter(FileDescriptorSink(output.1))
        try await writer.write(([7] as [UInt8]).span.bytes)
        #expect(try await copy(from: &reader, to: &writer) == data.count)
        _ = try await writer.finish()
        #expect(await sent.value != nil)
        #expect(await received.value == [7] + data)
    }

    @Test(arguments: [false, true])
    func fromAFileToASocketOrPipe(isPipe: Bool) async throws {
        let data = Self.data(700_000)
        let from = try TemporaryFile(data)
        let ends = Self.pair(isPipe)
        let received = Self.collect(ends.0)
        var reader = BufferedReader(try FileDescriptorSource(path: from.path))
        var writer = BufferedWriter(FileDescriptorSink(ends.1))
        #expect(try await copy(from: &reader, to: &writer, limit: 600_000) == 600_000)
        _ = try await writer.finish()
        #expect(await received.value == Array(data[..<600_000]))
    }

    @Test(arguments: [false, true])
    func fromASocketOrPipeToAFile(isPipe: Bool) async throws {
        let data = Self.data(700_000)
        let to = try TemporaryFile()
        let ends = Self.pair(isPipe)
        let sent = Self.send(data, to: ends.1)
        var reader = BufferedReader(FileDescriptorSource(ends.0))
        var writer = BufferedWriter(try FileDescriptorSink(creating: to.path))
        #expect(try await copy(from: &reader, to: &writer, limit: 600_000) == 600_000)
        // What follows the limit is still there.
        #expect(try await reader.withBytes(100_000) { array($0) } == Array(data[600_000...]))
        _ = try await writer.finish()
        #expect(await sent.value != nil)
        #expect(try await to.contents == Array(data[..<600_000]))
    }

    /// Without SIGPIPE, though no flag says so: the process would be dead.
    @Test(arguments: [false, true])
    func aSinkWithoutReaderIsAnErrorThatSticks(isPipe: Bool) async throws {
        let from = try TemporaryFile(Self.data(100_000))
        let ends = Self.pair(isPipe)
        close(ends.0)
        var reader = BufferedReader(try FileDescriptorSource(path: from.path))
        var writer = BufferedWriter(FileDescriptorSink(ends.1))
        var total = 0
        let error = try await ioError { try await copy(from: &reader, to: &writer, counting: &total) }
        #expect(error.errno == EPIPE)
        #expect(total == 0)
        #expect(try await ioError { try await writer.flush() } == error)
    }

    @Test func afterAnErrorTheCountIsWhatLeftTheReader() async throws {
        let data = Self.data(100_000)
        let from = try TemporaryFile(data)
        var reader = BufferedReader(try FileDescriptorSource(path: from.path))
        var writer = BufferedWriter(ScriptedSink([.take(0)], waitErrors: [CancellationError()]), highWater: 1)
        var total = 0
        await #expect(throws: CancellationError.self) {
            try await copy(from: &reader, to: &writer, counting: &total)
        }
        // What left the reader is in the writer; the next copy goes on there.
        #expect(writer.bufferedCount == total)
        writer.sink.steps = [.take(.max)]
        try await copy(from: &reader, to: &writer, counting: &total)
        try await writer.flush()
        #expect(total == data.count)
        #expect(writer.sink.written == data)
    }

    @Test func aMarkedReaderSeesWhatIsCopied() async throws {
        let data = Self.data(100_000)
        let (from, to) = (try TemporaryFile(data), try TemporaryFile())
        var reader = BufferedReader(try FileDescriptorSource(path: from.path))
        var writer = BufferedWriter(try FileDescriptorSink(creating: to.path))
        try reader.mark(limit: 200_000)
        #expect(try await copy(from: &reader, to: &writer, limit: 90_000) == 90_000)
        try reader.rewind()
        #expect(try await ReaderPropertyTests.rest(of: &reader) == data)
    }

    // MARK: A file's contents

    @Test(arguments: [(0, 10), (5, 16_000), (100, 16_384), (99_999, 200_001), (0, 300_000)])
    func aPieceOfAFileIsWritten(offset: Int, count: Int) async throws {
        let data = Self.data(300_000)
        let from = try TemporaryFile(data)
        let file = try FileDescriptorSource(path: from.path)
        let ends = Self.pair()
        let received = Self.collect(ends.0)
        do {
            var writer = BufferedWriter(FileDescriptorSink(ends.1))
            try await writer.write(utf8: "head" as StaticString)
            try await writer.write(contentsOf: file, offset: offset, count: count)
            try await writer.write(utf8: "tail" as StaticString)
            _ = try await writer.finish()
        }
        #expect(await received.value == Array("head".utf8) + data[offset..<offset + count] + Array("tail".utf8))
        // Where it stood.
        var reader = BufferedReader(file)
        #expect(try await reader.withBytes(4) { array($0) } == Array(data[..<4]))
    }

    @Test func sinksWithoutDescriptorGetAFileThroughTheBuffer() async throws {
        let data = Self.data(300_000)
        let from = try TemporaryFile(data)
        let pool = BlockPool()
        var writer = BufferedWriter(ChunkingSink(MemorySink(), sizes: 0...9000, seed: 1), pool: pool)
        try await writer.write(contentsOf: FileDescriptorSource(path: from.path), offset: 1, count: 299_999)
        try await writer.flush()
        #expect(writer.sink.base.bytes == Array(data[1...]))
        #expect(pool.statistics().outstandingBytes == 0)
    }

    @Test(arguments: [100, 50_000])
    func aShortFileIsAnErrorThatTellsHowShort(size: Int) async throws {
        let from = try TemporaryFile(Self.data(size))
        let to = try TemporaryFile()
        var writer = BufferedWriter(try FileDescriptorSink(creating: to.path))
        let file = try FileDescriptorSource(path: from.path)
        let error = try await ioError { try await writer.write(contentsOf: file, offset: 10, count: 60_000) }
        #expect(error == .unexpectedEnd(needed: 60_000, got: size - 10))
        _ = try await writer.finish()
        #expect(try await to.contents.count == size - 10)
    }

    @Test func aDirectoryIsAnErrorOfThisCallOnly() async throws {
        var writer = BufferedWriter(MemorySink())
        let directory = try FileDescriptorSource(path: "/tmp")
        let error = try await ioError { try await writer.write(contentsOf: directory, offset: 0, count: 20_000) }
        #expect(error == .system(errno: EISDIR, operation: "pread"))
        try await writer.writeByte(1)
        try await writer.flush()
        #expect(writer.sink.bytes == [1])
    }
}
