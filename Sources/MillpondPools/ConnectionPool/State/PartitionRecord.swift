/// A key: its connections, and those who wait for one.
@usableFromInline
struct PartitionRecord {
    /// Whether it wants to dial and is not allowed to for now.
    @usableFromInline
    enum Hunger: UInt8 {
        case none
        /// The total limits are in the way.
        case hungry
        /// The same, and the key has neither a connection nor a dial: it comes first.
        case starving
    }

    @usableFromInline var isUsed = false
    /// Whether the minimum is kept up for it.
    @usableFromInline var isWarm = false
    @usableFromInline var hunger = Hunger.none
    /// Connections in use or idle.
    @usableFromInline var open: Int32 = 0
    @usableFromInline var idle: Int32 = 0
    @usableFromInline var dialing: Int32 = 0
    @usableFromInline var waiting: Int32 = 0
    /// Failed dials since the last that succeeded.
    @usableFromInline var failures: Int32 = 0
    @usableFromInline var newestIdle: Int32 = -1
    @usableFromInline var oldestIdle: Int32 = -1
    @usableFromInline var firstWaiter: Int32 = -1
    @usableFromInline var lastWaiter: Int32 = -1
    /// In the list of the hungry, of the starving, or of the free places.
    @usableFromInline var previous: Int32 = -1
    @usableFromInline var next: Int32 = -1
    /// No dial that nobody waits for before this moment.
    @usableFromInline var retryAt: UInt64 = 0

    @inlinable
    init() {}
}
