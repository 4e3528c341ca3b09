/// Why a connection could not be had, or the pool not be closed in time.
public struct ConnectionPoolError: Error, Sendable {
    enum Code: Equatable, Sendable {
        case timedOut(waited: Duration)
        case tooManyWaiters(limit: Int)
        case dialFailed
        case deadOnArrival
        case dialTimedOut(after: Duration)
        case closed
        case stillInUse(Int)
    }

    let code: Code
    /// What the dial threw, if that was it.
    public let cause: (any Error)?

    init(_ code: Code, cause: (any Error)? = nil) {
        self.code = code
        self.cause = cause
    }

    /// No connection came free before the deadline.
    public static func timedOut(waited: Duration) -> Self { Self(.timedOut(waited: waited)) }
    /// As many tasks as allowed wait already.
    public static func tooManyWaiters(limit: Int) -> Self { Self(.tooManyWaiters(limit: limit)) }
    /// The dial failed; `cause` is what it threw.
    public static func dialFailed(cause: any Error) -> Self { Self(.dialFailed, cause: cause) }
    /// The dial took longer than `dialTimeout` and was cancelled; `cause` is what it threw then.
    public static func dialTimedOut(after limit: Duration, cause: any Error) -> Self {
        Self(.dialTimedOut(after: limit), cause: cause)
    }
    /// The connection was reported dead before its dial had ended: the cause of a ``dialFailed(cause:)``.
    public static var deadOnArrival: Self { Self(.deadOnArrival) }
    /// The pool is closed.
    public static var closed: Self { Self(.closed) }
    /// So many connections had not ended when the time for closing the pool was over.
    public static func stillInUse(_ count: Int) -> Self { Self(.stillInUse(count)) }

    /// True when a wait reached its deadline.
    public var isTimedOut: Bool { if case .timedOut = code { true } else { false } }
    /// True when `maximumWaiters` refused the wait.
    public var isTooManyWaiters: Bool { if case .tooManyWaiters = code { true } else { false } }
    /// True when no connection could be made, be it by an error or for lack of time. Nothing was sent: safe to retry.
    public var isDialFailed: Bool {
        switch code {
        case .dialFailed, .dialTimedOut, .deadOnArrival: true
        case .timedOut, .tooManyWaiters, .closed, .stillInUse: false
        }
    }
    /// True when the pool is closed.
    public var isClosed: Bool { code == .closed }
    /// True when connections had not ended in the time given for closing the pool.
    public var isStillInUse: Bool { if case .stillInUse = code { true } else { false } }
    /// True for what may pass by itself: all but a closed pool.
    public var isTransient: Bool { !isClosed }
}

extension ConnectionPoolError: CustomStringConvertible {
    /// A short sentence, the same for every error of a kind but for its numbers and its cause.
    public var description: String {
        switch code {
        case .timedOut(let waited): "no connection came free in time (waited \(waited))"
        case .tooManyWaiters(let limit): "too many tasks wait for a connection (at most \(limit))"
        case .dialFailed: "dial failed\(because)"
        case .deadOnArrival: "the connection was reported dead while it was dialled"
        case .dialTimedOut(let limit): "dial took longer than \(limit)\(because)"
        case .closed: "the connection pool is closed"
        case .stillInUse(let count): "\(count) connections had not ended when the time to close was over"
        }
    }

    private var because: String { cause.map { " (\($0))" } ?? "" }
}
