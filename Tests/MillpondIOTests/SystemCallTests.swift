import Foundation
import Testing

/// Which system calls a copy makes, as `strace` sees them in a process of its own.
@Suite(
    .enabled(if: Strace.isDue, "strace is missing (scripts/setup test), or may trace nothing here"),
    .timeLimit(.minutes(5)))
struct SystemCallTests {
    private static func counts(_ arguments: String..., source: Int = 500_000) throws -> [String: Int] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "millpond-calls-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data(repeating: 7, count: source).write(to: directory.appending(path: "from"))
        let paths = arguments.map { $0 == "FROM" || $0 == "TO" ? directory.appending(path: $0.lowercased()).path : $0 }
        let trace = try Strace.run([Strace.probe.path] + paths)
        var counts: [String: Int] = [:]
        for line in trace.split(separator: "\n") where !line.contains("= -1") && !line.contains("resumed>") {
            for call in Strace.calls where line.contains("\(call)(") { counts[call, default: 0] += 1 }
        }
        return counts
    }

    @Test func betweenFilesCopyFileRange() throws {
        let counts = try Self.counts("file-file", "FROM", "TO")
        // One more finds the end.
        #expect((1...2).contains(counts["copy_file_range"] ?? 0))
        #expect(counts["sendfile"] == nil && counts["splice"] == nil && counts["writev"] == nil)
    }

    @Test func fromAFileToASocketSendfile() throws {
        let counts = try Self.counts("file-socket", "FROM")
        #expect(counts["sendfile"] ?? 0 >= 1)
        #expect(counts["splice"] == nil && counts["writev"] == nil)
    }

    @Test(arguments: [["socket-socket", "FROM"], ["socket-file", "FROM", "TO"]])
    func fromASocketSplice(arguments: [String]) throws {
        let counts =
            arguments.count == 2
            ? try Self.counts(arguments[0], arguments[1]) : try Self.counts(arguments[0], arguments[1], arguments[2])
        // Into the pipe and out of it.
        #expect(counts["splice"] ?? 0 >= 2)
        #expect(counts["sendfile"] == nil && counts["writev"] == nil)
    }

    @Test func aFilesContentsSendfile() throws {
        let counts = try Self.counts("contents", "FROM")
        #expect(counts["sendfile"] ?? 0 >= 1)
        // What had gathered before.
        #expect(counts["writev"] == 1)
    }

    @Test func manyPiecesLeaveInOneCall() throws {
        #expect(try Self.counts("gather", "TO")["writev"] == 1)
    }

    @Test func muchAtOnceIsNotCopied() throws {
        let counts = try Self.counts("large", "TO")
        #expect(counts["writev"] == 1)
        // One, or one more where the kernel took a part first; a copy through blocks would be dozens.
        #expect((1...3).contains(counts["write"] ?? 0))
    }
}

enum Strace {
    static let calls = ["copy_file_range", "sendfile", "splice", "writev", "write"]

    /// Where tests are to be complete, a missing program fails them instead.
    static let isDue = works || (ProcessInfo.processInfo.environment["CI"] != nil && !isInstalled)

    private static var isInstalled: Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/strace") }
    }

    private static let works: Bool = {
        guard FileManager.default.fileExists(atPath: probe.path) else { return false }
        return (try? run(["/bin/true"])) != nil
    }()

    /// `transfer-probe` beside the test bundle, which is built with it.
    static var probe: URL {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return bundle.deletingLastPathComponent().appending(path: "transfer-probe")
    }

    struct Failure: Error {}

    /// What it writes when it follows a command, which must succeed.
    static func run(_ command: [String]) throws -> String {
        let output = FileManager.default.temporaryDirectory.appending(path: "millpond-strace-\(UUID())")
        defer { try? FileManager.default.removeItem(at: output) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["strace", "-f", "-o", output.path, "-e", "trace=" + calls.joined(separator: ","), "--"] + command
        // LeakSanitizer traces its process as strace does, and one can't trace what the other does.
        process.environment = ProcessInfo.processInfo.environment.merging(["ASAN_OPTIONS": "detect_leaks=0"]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return try String(contentsOf: output, encoding: .utf8)
    }
}
