/// What a connection pool may open and keep, and how long anyone waits. Every bound is documented in `pools.md`.
public struct ConnectionPoolOptions: Sendable {
    /// Connections that may be open or being dialled at a time, of all keys. One that is being closed counts no more:
    /// while a `close` hook runs, or a closing waits for its executor, the peer may see more than this.
    public var maximumOpen: Int
    /// The same for each key.
    public var maximumOpenPerKey: Int
    /// Connections that may be idle at a time, of all keys; beyond it the one longest idle is closed.
    public var maximumIdle: Int
    /// The same for each key.
    public var maximumIdlePerKey: Int
    /// Connections kept open for each key the pool was asked for, in use or idle; dialled without being asked.
    public var minimumOpenPerKey: Int
    /// Dials that may be under way at a time.
    public var maximumDialing: Int
    /// Tasks that may wait for a connection at a time; beyond it `acquire` throws `tooManyWaiters`.
    /// Those whose connection did not pass the check return to the line beyond it: at most `maximumOpen` of them.
    public var maximumWaiters: Int

    /// How long a task waits for a connection when it names no deadline.
    public var acquireTimeout: Duration
    /// How long a dial may take before its task is cancelled.
    public var dialTimeout: Duration
    /// How long a connection may be idle; nil for ever.
    public var idleTimeout: Duration?
    /// How old a connection may become, more than zero; nil for ever. One in use is closed when it comes back.
    public var maximumLifetime: Duration?
    /// The part of the lifetime, 0 to 1, by which it is shortened at random: what was opened together should not end
    /// together.
    public var lifetimeJitter: Double
    /// How often idle times, lifetimes and minima are looked after, and so how exactly they are kept.
    public var maintenanceInterval: Duration
    /// The pause after a failed dial before one that nobody waits for; doubled with each failure up to the maximum.
    public var initialBackoff: Duration
    /// The longest such pause.
    public var maximumBackoff: Duration
    /// Seeds the jitter. Nil for a different one each time.
    public var seed: UInt64?

    /// Options with defaults that suit the client of one database or of a few servers.
    public init(
        maximumOpen: Int = 128, maximumOpenPerKey: Int = 32, maximumIdle: Int = 128, maximumIdlePerKey: Int = 32,
        minimumOpenPerKey: Int = 0, maximumDialing: Int = 32, maximumWaiters: Int = 10_000,
        acquireTimeout: Duration = .seconds(30), dialTimeout: Duration = .seconds(10),
        idleTimeout: Duration? = .seconds(90), maximumLifetime: Duration? = .seconds(1800),
        lifetimeJitter: Double = 0.1, maintenanceInterval: Duration = .seconds(1),
        initialBackoff: Duration = .milliseconds(100), maximumBackoff: Duration = .seconds(30), seed: UInt64? = nil
    ) {
        self.maximumOpen = maximumOpen
        self.maximumOpenPerKey = maximumOpenPerKey
        self.maximumIdle = maximumIdle
        self.maximumIdlePerKey = maximumIdlePerKey
        self.minimumOpenPerKey = minimumOpenPerKey
        self.maximumDialing = maximumDialing
        self.maximumWaiters = maximumWaiters
        self.acquireTimeout = acquireTimeout
        self.dialTimeout = dialTimeout
        self.idleTimeout = idleTimeout
        self.maximumLifetime = maximumLifetime
        self.lifetimeJitter = lifetimeJitter
        self.maintenanceInterval = maintenanceInterval
        self.initialBackoff = initialBackoff
        self.maximumBackoff = maximumBackoff
        self.seed = seed
    }
}
