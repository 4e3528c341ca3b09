import Glibc
import MillpondIO
import MillpondPools

/// One copy, named by the first argument, for a tracer to watch:
///
///     transfer-probe file-file FROM TO | file-socket FROM | socket-socket FROM | socket-file FROM TO | contents FROM
///     transfer-probe gather TO | large TO
@main
struct TransferProbe {
    static func main() async throws {
        let arguments = CommandLine.arguments
        switch arguments[1] {
        case "file-file": try await copy(FileDescriptorSource(path: arguments[2]), to: .init(creating: arguments[3]))
        case "file-socket": try await copy(FileDescriptorSource(path: arguments[2]), to: drained())
        case "socket-socket": try await copy(filled(from: arguments[2]), to: drained())
        case "socket-file": try await copy(filled(from: arguments[2]), to: .init(creating: arguments[3]))
        case "contents": try await contents(of: arguments[2])
        case "gather": try await gather(arguments[2])
        case "large": try await large(arguments[2])
        default: exit(2)
        }
    }

    static func copy(_ source: consuming FileDescriptorSource, to sink: consuming FileDescriptorSink) async throws {
        var reader = BufferedReader(source)
        var writer = BufferedWriter(sink)
        print(try await MillpondIO.copy(from: &reader, to: &writer))
        _ = try await writer.finish()
    }

    static func contents(of path: String) async throws {
        let file = try FileDescriptorSource(path: path)
        var writer = BufferedWriter(drained())
        try await writer.write(utf8: "head" as StaticString)
        try await writer.write(contentsOf: file, offset: 10, count: 100_000)
        _ = try await writer.finish()
    }

    /// Shared bytes in 40 pieces.
    static func gather(_ path: String) async throws {
        var writer = BufferedWriter(try FileDescriptorSink(creating: path))
        for _ in 0..<20 {
            try await writer.write(utf8: "length" as StaticString)
            try await writer.write(SharedBytes(copying: [UInt8](repeating: 1, count: 2000).span.bytes))
        }
        _ = try await writer.finish()
    }

    static func large(_ path: String) async throws {
        var writer = BufferedWriter(try FileDescriptorSink(creating: path))
        try await writer.write(utf8: "before" as StaticString)
        try await writer.write([UInt8](repeating: 1, count: 1_000_000).span.bytes)
        _ = try await writer.finish()
    }

    /// A socket whose other end a thread reads empty.
    static func drained() -> FileDescriptorSink {
        let ends = pair()
        thread(ends.0) { end in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while read(end, &buffer, buffer.count) > 0 {}
            close(end)
        }
        return FileDescriptorSink(ends.1)
    }

    /// A socket into which a thread writes a file.
    static func filled(from path: String) -> FileDescriptorSource {
        let ends = pair()
        let file = open(path, O_RDONLY)
        thread(ends.1) { [file] end in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let got = read(file, &buffer, buffer.count)
                guard got > 0 else { break }
                _ = write(end, buffer, got)
            }
            close(end)
        }
        return FileDescriptorSource(ends.0)
    }

    private static func pair() -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        if socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) != 0 { exit(3) }
        return (ends[0], ends[1])
    }

    private final class Work {
        let end: Int32
        let body: (Int32) -> Void
        init(_ end: Int32, _ body: @escaping (Int32) -> Void) { (self.end, self.body) = (end, body) }
    }

    private static func thread(_ end: Int32, _ body: @escaping (Int32) -> Void) {
        var id = pthread_t()
        let work = Unmanaged.passRetained(Work(end, body)).toOpaque()
        pthread_create(
            &id, nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                work.body(work.end)
                return nil
            }, work)
    }
}
