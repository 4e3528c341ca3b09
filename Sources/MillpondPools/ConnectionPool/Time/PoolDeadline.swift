/// Until when a task waits for a connection, or for the end of a pool.
public struct PoolDeadline: Sendable, Equatable {
    enum Kind: Equatable {
        case standard
        case after(Duration)
        case at(PoolClock.Moment)
    }

    let kind: Kind

    /// For a connection, `acquireTimeout` of the pool's options; for the end of the pool, 10 seconds.
    public static var standard: Self { Self(kind: .standard) }
    /// So long from now. Zero takes a connection only if one is idle.
    public static func after(_ duration: Duration) -> Self { Self(kind: .after(duration)) }
    /// Until a moment of the pool's clock.
    public static func at(_ moment: PoolClock.Moment) -> Self { Self(kind: .at(moment)) }

    /// The moment, with the standard wait in nanoseconds.
    func moment(_ now: PoolClock.Moment, standard: UInt64) -> PoolClock.Moment {
        switch kind {
        case .standard: now &+ standard
        case .after(let duration): now &+ duration.poolNanoseconds
        case .at(let moment): moment
        }
    }
}
