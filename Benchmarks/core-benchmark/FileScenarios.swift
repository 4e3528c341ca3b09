import Glibc
import MillpondIO

/// A file to a socket.
enum FileScenarios {
    /// Sends so many bytes of the file named by MILLPOND_BENCH_FILE to the socket that the runner passes as standard
    /// input; the reader at its other end checks them. An operation is a byte.
    static func send(inKernel: Bool, _ count: Int, _ meter: inout Meter) async throws -> Outcome {
        guard let path = unsafe getenv("MILLPOND_BENCH_FILE").map({ unsafe String(cString: $0) }) else {
            throw Failure("MILLPOND_BENCH_FILE is not set")
        }
        let file = try FileDescriptorSource(path: path)
        var writer = BufferedWriter(FileDescriptorSink(STDIN_FILENO))
        let sent: Int
        if inKernel {
            var reader = BufferedReader(file)
            meter.start()
            sent = try await copy(from: &reader, to: &writer, limit: count)
            try await writer.flush()
            meter.stop()
        } else {
            var reader = BufferedReader(PlainSource(file: file))
            meter.start()
            sent = try await copy(from: &reader, to: &writer, limit: count)
            try await writer.flush()
            meter.stop()
        }
        guard sent == count else { throw Failure("\(sent) of \(count) bytes were in the file") }
        return Outcome(check: UInt64(sent))
    }

    /// A file that hides its descriptor, so that its bytes pass through blocks.
    private struct PlainSource: ByteSource, ~Copyable {
        var file: FileDescriptorSource

        mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
            try file.read(into: &output)
        }

        mutating func waitUntilReadable() async throws {}
    }
}
