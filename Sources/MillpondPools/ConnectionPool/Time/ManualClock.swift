/// A clock that stands still until it is moved: for tests of what takes time.
///
///     let time = ManualClock()
///     let pool = ConnectionPool<…>(clock: time.clock) { … }
///     time.advance(by: .seconds(90))     // alarms that come due are called here, in their order
public final class ManualClock: Sendable {
    private struct Alarm {
        let moment: PoolClock.Moment
        let number: Int
        let action: @Sendable () -> Void
    }

    private struct State {
        var now: PoolClock.Moment = 1_000_000_000
        var alarms: [Alarm] = []
        var lastNumber = 0
    }

    private let state = Guarded(State())

    /// A clock that stands at one second.
    public init() {}

    /// The clock to give to a pool.
    public var clock: PoolClock {
        PoolClock(now: { self.now }) { moment, action in
            let number = self.add(moment, action)
            // Moved past it meanwhile: as with any clock, it goes off by itself, and not within the caller.
            if moment <= self.now { _ = Timekeeper.shared.schedule(at: Timekeeper.now) { self.advance(by: .zero) } }
            return { self.remove(number) }
        }
    }

    /// The time it stands at.
    public var now: PoolClock.Moment { state.withLock { $0.now } }

    /// How many alarms are set.
    public var alarmCount: Int { state.withLock { $0.alarms.count } }

    /// Moves it, and calls the alarms that come due, each at its moment, on the calling thread.
    public func advance(by duration: Duration) {
        let end = state.withLock { $0.now &+ duration.poolNanoseconds }
        while let action = takeDue(until: end) { action() }
        state.withLock { $0.now = max($0.now, end) }
    }

    private func takeDue(until end: PoolClock.Moment) -> (@Sendable () -> Void)? {
        state.withLock { state in
            let next = state.alarms.indices.min {
                (state.alarms[$0].moment, state.alarms[$0].number) < (state.alarms[$1].moment, state.alarms[$1].number)
            }
            guard let next, state.alarms[next].moment <= end else { return nil }
            let alarm = state.alarms.remove(at: next)
            state.now = max(state.now, alarm.moment)
            return alarm.action
        }
    }

    private func add(_ moment: PoolClock.Moment, _ action: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.lastNumber += 1
            state.alarms.append(Alarm(moment: moment, number: state.lastNumber, action: action))
            return state.lastNumber
        }
    }

    private func remove(_ number: Int) {
        // What the action refers to may take a lock as it goes: not under this one.
        let removed = state.withLock { state in
            state.alarms.firstIndex { $0.number == number }.map { state.alarms.remove(at: $0) }
        }
        _ = removed
    }
}

extension Duration {
    /// Whole nanoseconds, from 0 to a century.
    var poolNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 3_200_000_000)) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
    }
}
