import ArgumentParser
import Glibc

/// Ends the command with one clear line on standard error.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Says what went wrong and what the exit code is: 1.
    func report() -> ExitCode {
        Console.error("millpond: \(description)\n")
        return .failure
    }
}

/// Standard error, written at once.
enum Console {
    static func error(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
