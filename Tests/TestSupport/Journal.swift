import Synchronization

/// Lines that any thread may write: what a test saw happen elsewhere.
public final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    public init() {}

    public func note(_ line: String) { lines.withLock { $0.append(line) } }

    public var all: [String] { lines.withLock { $0 } }

    /// All, and forgets them.
    public func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    /// Waits, polling, until it holds a line, at most ten seconds; whether it does.
    public func waits(for line: String) async -> Bool { await eventually { all.contains(line) } }
}
