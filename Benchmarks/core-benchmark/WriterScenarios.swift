import Glibc
import MillpondIO
import MillpondPools

/// Small writes, and a file to a socket.
enum WriterScenarios {
    /// How many writes share a flush, and how long each is.
    private static let perFlush = 16
    private static let size = 64

    /// 64 bytes at a time into a socket; after 16 the other end reads what has come. Without buffering each is a system
    /// call.
    static func socket(buffered: Bool, _ operations: Int, _ meter: inout Meter) async throws -> Outcome {
        let (near, far) = try socketPair()
        defer { close(far) }
        var writer = BufferedWriter(FileDescriptorSink(near))
        var consumer = Consumer()
        try await write(&writer, far, buffered: buffered, operations / 10, &consumer)
        consumer.foldsAll = false
        meter.start()
        try await write(&writer, far, buffered: buffered, operations, &consumer)
        meter.stop()
        return Outcome(check: consumer.check)
    }

    @inline(never)
    private static func write(
        _ writer: inout BufferedWriter<FileDescriptorSink>, _ far: Int32, buffered: Bool, _ operations: Int,
        _ consumer: inout Consumer
    ) async throws {
        var data = [UInt8](repeating: 7, count: size)
        var received = [UInt8](repeating: 0, count: size * perFlush)
        for number in 0..<operations / perFlush {
            for part in 0..<perFlush {
                data[0] = UInt8(truncatingIfNeeded: number)
                data[size - 1] = UInt8(part)
                try await writer.write(unsafe data.span.bytes)
                if !buffered { try await writer.flush() }
            }
            if buffered { try await writer.flush() }
            let count = unsafe received.withUnsafeMutableBytes { unsafe read(far, $0.baseAddress, $0.count) }
            guard count == received.count else { throw Failure("\(count) of \(received.count) bytes came") }
            consumer.take(unsafe received.span.bytes)
        }
    }

    /// 64 bytes at a time into memory.
    static func memory(_ operations: Int, _ meter: inout Meter) async throws -> Outcome {
        var writer = BufferedWriter(CopyingSink())
        let data = [UInt8](repeating: 7, count: size)
        for _ in 0..<operations / 10 { try await writer.write(unsafe data.span.bytes) }
        meter.start()
        for _ in 0..<operations { try await writer.write(unsafe data.span.bytes) }
        try await writer.flush()
        meter.stop()
        return Outcome(check: writer.sink.total)
    }

    private static func socketPair() throws -> (Int32, Int32) {
        var ends: InlineArray<2, Int32> = [0, 0]
        var span = ends.mutableSpan
        let result = unsafe span.withUnsafeMutableBufferPointer {
            unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, $0.baseAddress)
        }
        guard result == 0 else { throw Failure("socketpair: errno \(errno)") }
        return (ends[0], ends[1])
    }
}

/// Memory that takes everything, by copying it.
@safe
private struct CopyingSink: ByteSink, ~Copyable {
    private let target = UnsafeMutableRawPointer.allocate(byteCount: 1 << 17, alignment: 64)
    var total: UInt64 = 0

    mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        var position = 0
        let target = unsafe self.target
        chain.forEachSegment { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress else { return }
                unsafe (target + position).copyMemory(from: base, byteCount: buffer.count)
                position += buffer.count
            }
        }
        total &+= UInt64(position)
        chain.removeAll()
        return .complete
    }

    mutating func waitUntilWritable() async throws {}

    deinit { unsafe target.deallocate() }
}
