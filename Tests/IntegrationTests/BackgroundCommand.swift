import Foundation

/// The real binary, running while the test does something else.
final class BackgroundCommand {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private var errorText = ""

    init(_ arguments: [String]) throws {
        process.executableURL = ServerProcess.binary
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Waits until it has said so on standard error; false when it ended without.
    func waits(for text: String) -> Bool {
        while !errorText.contains(text) {
            let more = errors.fileHandleForReading.availableData
            if more.isEmpty { return false }
            errorText += String(decoding: more, as: UTF8.self)
        }
        return true
    }

    /// Waits for its end.
    func finish() -> (status: Int32, output: String, errors: String) {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        errorText += String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, errorText)
    }
}
