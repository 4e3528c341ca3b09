/// What an object pool keeps.
public struct ObjectPoolOptions: Sendable {
    /// Idle objects a thread keeps for itself.
    public var perThread: Int
    /// Idle objects kept for all threads; those beyond are destroyed.
    public var retained: Int
    /// How often objects that stay idle are let go by themselves; nil for never. Nothing happens while
    /// there are none.
    public var trimInterval: Duration?

    /// Options with defaults that suit a server.
    public init(perThread: Int = 8, retained: Int = 1024, trimInterval: Duration? = .seconds(30)) {
        self.perThread = perThread
        self.retained = retained
        self.trimInterval = trimInterval
    }
}

/// What an object pool has done and holds. Taken while other threads go on, so sums may be off by what they do.
public struct ObjectPoolStatistics: Sendable, Equatable {
    /// Objects taken that were idle, and that had to be made.
    public internal(set) var hits: UInt64 = 0
    public internal(set) var misses: UInt64 = 0
    /// Objects that are out, and that lie idle.
    public internal(set) var outstanding = 0
    public internal(set) var idle = 0
}
