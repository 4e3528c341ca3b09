/// Why a job was not run.
public struct WorkerPoolError: Error, Equatable, Sendable {
    enum Code: Equatable, Sendable {
        case queueFull(limit: Int)
        case timedOut(waited: Duration)
        case dropped
        case stopped
        case noThread(errno: Int32)
    }

    let code: Code

    /// As many jobs wait as may.
    public static func queueFull(limit: Int) -> Self { Self(code: .queueFull(limit: limit)) }
    /// The job was not admitted, or not begun, before its deadline.
    public static func timedOut(waited: Duration) -> Self { Self(code: .timedOut(waited: waited)) }
    /// The job made room for another one, or found none itself, in a pool that drops.
    public static var dropped: Self { Self(code: .dropped) }
    /// The pool is stopping, or has stopped.
    public static var stopped: Self { Self(code: .stopped) }
    /// The pool has no thread and the system refused one.
    public static func noThread(errno: Int32) -> Self { Self(code: .noThread(errno: errno)) }

    /// True when as many jobs waited as may.
    public var isQueueFull: Bool { if case .queueFull = code { true } else { false } }
    /// True when a deadline passed.
    public var isTimedOut: Bool { if case .timedOut = code { true } else { false } }
    /// True when the job was dropped at the bound.
    public var isDropped: Bool { code == .dropped }
    /// True when the pool takes no more.
    public var isStopped: Bool { code == .stopped }
    /// True for the conditions that pass by themselves: all but a stopped pool.
    public var isTransient: Bool { !isStopped }
}

extension WorkerPoolError: CustomStringConvertible {
    /// A short sentence, the same for every error of a kind but for its numbers.
    public var description: String {
        switch code {
        case .queueFull(let limit): "worker queue full (\(limit) jobs)"
        case .timedOut(let waited): "no worker came free in time (waited \(waited))"
        case .dropped: "job dropped at the bound of the worker queue"
        case .stopped: "worker pool stopped"
        case .noThread(let errno): "no thread for the worker pool (errno \(errno))"
        }
    }
}
