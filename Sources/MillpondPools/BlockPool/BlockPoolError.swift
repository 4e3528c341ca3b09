/// Why a block could not be had.
public struct BlockPoolError: Error, Equatable, Sendable {
    enum Code: Equatable, Sendable {
        case negativeSize(Int)
        case tooLarge(requested: Int, largest: Int)
        case budgetExceeded(requested: Int, inUse: Int, budget: Int)
        case timedOut(waited: Duration)
        case outOfMemory(errno: Int32)
    }

    let code: Code

    /// A negative capacity was asked for.
    public static func negativeSize(_ requested: Int) -> Self { Self(code: .negativeSize(requested)) }
    /// More was asked for than the largest class holds. Use several blocks.
    public static func tooLarge(requested: Int, largest: Int) -> Self {
        Self(code: .tooLarge(requested: requested, largest: largest))
    }
    /// The pool's budget does not allow another block now.
    public static func budgetExceeded(requested: Int, inUse: Int, budget: Int) -> Self {
        Self(code: .budgetExceeded(requested: requested, inUse: inUse, budget: budget))
    }
    /// No block came free before the deadline.
    public static func timedOut(waited: Duration) -> Self { Self(code: .timedOut(waited: waited)) }
    /// The kernel refused memory.
    public static func outOfMemory(errno: Int32) -> Self { Self(code: .outOfMemory(errno: errno)) }

    /// True for the conditions that pass by themselves: budget exceeded, timed out, out of memory.
    public var isTransient: Bool {
        switch code {
        case .negativeSize, .tooLarge: false
        case .budgetExceeded, .timedOut, .outOfMemory: true
        }
    }

    /// True when the budget refused the block.
    public var isBudgetExceeded: Bool { if case .budgetExceeded = code { true } else { false } }
    /// True when a wait reached its deadline.
    public var isTimedOut: Bool { if case .timedOut = code { true } else { false } }
    /// True when more was asked for than the largest class holds.
    public var isTooLarge: Bool { if case .tooLarge = code { true } else { false } }
}

extension BlockPoolError: CustomStringConvertible {
    /// A short sentence, the same for every error of a kind but for its numbers.
    public var description: String {
        switch code {
        case .negativeSize(let requested): "negative block size (\(requested))"
        case .tooLarge(let requested, let largest): "block too large (\(requested) of at most \(largest) bytes)"
        case .budgetExceeded(let requested, let inUse, let budget):
            "block budget exceeded (\(requested) bytes wanted, \(inUse) of \(budget) in use)"
        case .timedOut(let waited): "no block came free in time (waited \(waited))"
        case .outOfMemory(let errno): "no memory for blocks (errno \(errno))"
        }
    }
}
