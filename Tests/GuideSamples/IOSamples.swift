import MillpondIO
import MillpondPools

/// `io.md`: messages with a length before them.
enum ReaderSample {
    static func run(_ source: consuming FileDescriptorSource, handle: (RawSpan) -> Void) async throws {
        var reader = BufferedReader(source)
        while true {
            let length: UInt32
            do {
                length = try await reader.readInteger()  // big-endian unless told otherwise
            } catch let error as IOError where error.code == .endOfStream {
                break  // the peer is done, between two messages
            }
            guard length <= 65_536 else { throw IOError.limitExceeded(limit: 65_536) }
            try await reader.withBytes(Int(length)) { payload in  // a view, nothing is copied
                handle(payload)
            }
        }
    }
}

/// `MillpondIO.md`: one message.
enum MessageSample {
    static func run(_ source: consuming FileDescriptorSource, handle: (RawSpan) -> Void) async throws {
        var reader = BufferedReader(source)
        let length = try await reader.readInteger(as: UInt32.self)
        try await reader.withBytes(Int(length)) { payload in handle(payload) }
    }
}

/// `io.md`: header fields.
enum HeaderSample {
    static func run(_ reader: inout BufferedReader<FileDescriptorSource>, note: (RawSpan, RawSpan) -> Void) async throws
    {
        try await reader.forEachHeaderField(.init(maximumFieldCount: 64, folding: .unfold)) { name, value in
            note(name, value)  // views, valid until the closure returns
        }
    }
}

/// `io.md`: bytes that are pushed.
enum PushSample {
    static func run(
        first: consuming SharedBytes, second: consuming SharedBytes, resumeProducing: @escaping @Sendable () -> Void
    ) async throws {
        let source = PushSource(lowWater: 16 * 1024, highWater: 64 * 1024)
        let writer = source.makeWriter()  // Sendable
        var reader = BufferedReader(source)

        try await writer.push(first)  // takes the bytes; waits for room, at most for its timeout
        if try writer.tryPush(second) == .stopProducing {  // never waits
            writer.whenWritable { resumeProducing() }  // for producers without a task
        }
        writer.finish()  // or fail(error)
        _ = try await reader.fill()
    }
}
