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

    /// Starts it and waits until it listens.
    init(data: String, arguments: [String] = []) throws {
        process = Process()
        process.executableURL = Self.binary
        process.arguments =
            ["serve", "--port", "0", "--tcp-port", "0", "--data", data, "--log-level", "warning"] + arguments
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

    /// Asks it to end, and waits; its exit code.
    func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationStatus
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
