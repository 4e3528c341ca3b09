/// The name of a connection or of a waiter: its place in a table, and how often the place was used before. A name that
/// comes late finds its place used anew, and means nothing.
@usableFromInline
struct PoolID: Hashable, Sendable {
    @usableFromInline let index: Int32
    @usableFromInline let generation: UInt32

    @inlinable
    init(index: Int32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}

/// A connection as the state machine knows it.
///
///     free ──▶ dialing ──▶ leased ◀──▶ idle
///      ▲          │           │          │
///      │          ▼ failed    ▼          ▼
///      ├──────────┘        closing ◀─────┘
///      └──────────────────────┘ closed
@usableFromInline
struct ConnectionRecord {
    @usableFromInline
    enum Status: UInt8 {
        case free, dialing, idle, leased, closing
    }

    @usableFromInline var status = Status.free
    /// Reported dead while dialled or lent out: to be closed at the next opportunity.
    @usableFromInline var isDoomed = false
    /// Dialling took too long and its task was cancelled.
    @usableFromInline var isOverdue = false
    @usableFromInline var generation: UInt32 = 0
    /// Its key; -1 when free or closing.
    @usableFromInline var partition: Int32 = -1
    /// When its life, or its dial, is over.
    @usableFromInline var end: UInt64 = 0
    @usableFromInline var idleSince: UInt64 = 0
    /// In the list of all idle ones, of the dials, or of the free places.
    @usableFromInline var previous: Int32 = -1
    @usableFromInline var next: Int32 = -1
    /// In the list of its key's idle ones.
    @usableFromInline var newer: Int32 = -1
    @usableFromInline var older: Int32 = -1

    @inlinable
    init() {}
}

/// A task that waits, for a connection or for the pool to have closed.
///
///     free ──▶ queued ──▶ resolved ──▶ free (when its task has been told)
@usableFromInline
struct WaiterRecord {
    @usableFromInline
    enum Status: UInt8 {
        case free, queued, resolved
    }

    @usableFromInline var status = Status.free
    @usableFromInline var generation: UInt32 = 0
    /// Its key; -1 for one that waits for the end of the pool.
    @usableFromInline var partition: Int32 = -1
    @usableFromInline var deadline: UInt64 = 0
    @usableFromInline var since: UInt64 = 0
    /// Up to when its wait is in the statistics already: it was given a connection once that was of no use.
    @usableFromInline var countedUpTo: UInt64 = 0
    /// Its place in the order in which all came.
    @usableFromInline var number: UInt64 = 0
    @usableFromInline var previous: Int32 = -1
    @usableFromInline var next: Int32 = -1

    @inlinable
    init() {}
}

/// The place in line of a waiter that was served, but with a connection that was of no use.
@usableFromInline
struct WaiterPlace {
    @usableFromInline let number: UInt64
    @usableFromInline let since: UInt64
}

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

/// The ends of a list whose links are in the records.
@usableFromInline
struct PoolList {
    @usableFromInline var first: Int32 = -1
    @usableFromInline var last: Int32 = -1

    @inlinable
    init() {}
}
