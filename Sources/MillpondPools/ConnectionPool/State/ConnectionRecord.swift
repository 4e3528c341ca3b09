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
