import Foundation

/// The real binary, started on free ports with a data folder of its own.
final class ServerProcess {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The port of the web page and WebSocket.
    let webPort: UInt16
    /// The port of KIM's TCP framing.
    let streamPort: UInt16
    /// What it printed when it was ready.
    let announcement: String
    private let process: Process
    private let log: FileHandle

    /// Starts it, with at most so many descriptors, and waits until it listens.
    init(data: String, arguments: [String] = [], descriptors: Int? = nil) throws {
        process = Process()
        let serve = ["serve", "--port", "0", "--tcp-port", "0", "--data", data, "--log-level", "warning"] + arguments
        if let descriptors {
            // It raises its own limit up to the hard one, so both are set; the shell's process becomes the server's.
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", "ulimit -n \(descriptors); exec \"$@\"", "bash", Self.binary.path] + serve
        } else {
            process.executableURL = Self.binary
            process.arguments = serve
        }
        let output = Pipe()
        process.standardOutput = output
        let logPath = data + ".log"
        _ = FileManager.default.createFile(atPath: logPath, contents: nil)
        log = try FileHandle(forWritingTo: URL(fileURLWithPath: logPath))
        process.standardError = log
        try process.run()
        var text = ""
        while !text.contains("groups ") {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty {
                process.waitUntilExit()
                let errors = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
                throw Failure(description: "it ended with \(process.terminationStatus): \(text)\(errors)")
            }
            text += String(decoding: more, as: UTF8.self)
        }
        announcement = text
        webPort = try Self.port(after: "http://127.0.0.1:", in: text)
        streamPort = try Self.port(after: "tcp://127.0.0.1:", in: text)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// Ends it as a power cut would end it, as far as the process is concerned.
    func killAtOnce() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Sends a signal and doesn't wait for what comes of it.
    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// How it ended, once it has: its exit code, or the signal that ended it. Waits at most so long; nil after that.
    func ending(within seconds: Double) -> (code: Int32, isSignal: Bool)? {
        guard polls(within: seconds, { !process.isRunning }) else { return nil }
        return (process.terminationStatus, process.terminationReason == .uncaughtSignal)
    }

    /// How many descriptors it has open.
    func descriptorCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd").count
    }

    /// The processor time that it has used, in seconds.
    func processorTime() throws -> Double {
        let line = try String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8)
        // The second field, the name in parentheses, may hold anything; utime and stime are the 14th and 15th.
        let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw Failure(description: "not /proc/…/stat: \(line)")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Asks it to end, and waits, a minute at most; its exit code, or -1 if it goes on.
    func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        self.signal(signal)
        return ending(within: 60)?.code ?? -1
    }

    /// Runs the binary to its end.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, errorText)
    }

    /// `millpond` beside the test bundle, which is built with it.
    static var binary: URL {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return bundle.deletingLastPathComponent().appendingPathComponent("millpond")
    }

    private static func port(after prefix: String, in text: String) throws -> UInt16 {
        guard let range = text.range(of: prefix), let port = UInt16(text[range.upperBound...].prefix { $0.isNumber })
        else { throw Failure(description: "no \(prefix) in: \(text)") }
        return port
    }
}

/// Whether the condition comes true in time.
func polls(within seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = Date() + seconds
    while true {
        if try condition() { return true }
        if Date() > end { return false }
        Thread.sleep(forTimeInterval: 0.01)
    }
}

/// A folder that goes away with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "millpond-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
