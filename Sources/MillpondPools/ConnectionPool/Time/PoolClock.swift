/// Where a pool has its time from: a moment, and a call at a later one.
///
/// Two closures instead of the standard library's `Clock`, which can only have a task sleep. ``system`` serves all
/// programs; a ``ManualClock`` serves tests; a program with timers of its own can offer them.
public struct PoolClock: Sendable {
    /// Nanoseconds since some moment in the past; never goes back.
    public typealias Moment = UInt64

    @usableFromInline let read: @Sendable () -> Moment
    private let set: @Sendable (Moment, @escaping @Sendable () -> Void) -> @Sendable () -> Void

    /// A clock from its two abilities.
    ///
    /// - Parameters:
    ///   - now: the time now. Neither of the two is called while the pool holds a lock: they may ask the pool.
    ///   - schedule: has the action called once at the moment or soon after, on any thread, and never before it
    ///     returns; returns what cancels it, which may come too late. The action does not block.
    public init(
        now: @escaping @Sendable () -> Moment,
        schedule: @escaping @Sendable (Moment, @escaping @Sendable () -> Void) -> @Sendable () -> Void
    ) {
        read = now
        set = schedule
    }

    /// The time now.
    public var now: Moment { read() }

    func schedule(at moment: Moment, _ action: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        set(moment, action)
    }

    /// The monotonic clock, with one thread for all alarms of the process.
    public static let system = PoolClock(now: { Timekeeper.now }) { moment, action in
        let alarm = Timekeeper.shared.schedule(at: moment, action)
        return { Timekeeper.shared.cancel(alarm) }
    }
}
