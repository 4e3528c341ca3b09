/// The options of a pool as its state machine uses them: numbers that are sane, times in nanoseconds.
@usableFromInline
struct PoolLimits {
    @usableFromInline let open: Int
    @usableFromInline let openPerKey: Int
    @usableFromInline let idle: Int
    @usableFromInline let idlePerKey: Int
    let minimumPerKey: Int
    let dialing: Int
    let waiters: Int
    let dialTime: UInt64
    /// `UInt64.max` for ever, here and in the next.
    let idleTime: UInt64
    let lifetime: UInt64
    let jitter: Double
    let maintenance: UInt64
    let initialBackoff: UInt64
    let maximumBackoff: UInt64
    let seed: UInt64

    init(_ options: ConnectionPoolOptions) {
        precondition(options.maximumOpen > 0 && options.maximumOpenPerKey > 0, "a pool of no connections")
        precondition(options.maximumDialing > 0, "a pool that may not dial")
        precondition((0...1).contains(options.lifetimeJitter), "a jitter of \(options.lifetimeJitter)")
        precondition(options.maximumLifetime.map { $0 > .zero } ?? true, "connections of no lifetime")
        // Indices are 32 bits wide.
        open = min(options.maximumOpen, 1 << 30)
        openPerKey = min(options.maximumOpenPerKey, open)
        idle = max(options.maximumIdle, 0)
        idlePerKey = max(options.maximumIdlePerKey, 0)
        minimumPerKey = min(max(options.minimumOpenPerKey, 0), openPerKey)
        dialing = options.maximumDialing
        waiters = min(max(options.maximumWaiters, 0), 1 << 30)
        dialTime = options.dialTimeout.poolNanoseconds
        idleTime = options.idleTimeout?.poolNanoseconds ?? .max
        lifetime = options.maximumLifetime?.poolNanoseconds ?? .max
        jitter = options.lifetimeJitter
        maintenance = max(options.maintenanceInterval.poolNanoseconds, 1_000_000)
        initialBackoff = max(options.initialBackoff.poolNanoseconds, 1_000_000)
        maximumBackoff = max(options.maximumBackoff.poolNanoseconds, initialBackoff)
        seed = options.seed ?? UInt64.random(in: .min ... .max)
    }
}
