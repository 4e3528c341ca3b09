/// The one alarm of a pool. It is decided upon under the pool's lock, and set and cancelled after it: clocks are the
/// user's, and may take locks or ask the pool.
///
/// Alarms have numbers, for one that was cancelled may still go off, and one may go off before its setter has come to
/// store how it is cancelled. Only the newest counts, and only once.
struct PoolAlarm {
    typealias Cancellation = @Sendable () -> Void

    /// An alarm that is to be set.
    struct Request {
        let moment: PoolClock.Moment
        let number: UInt64
    }

    /// The moment the newest alarm is for; `UInt64.max` when it has gone off, or there was none.
    private var moment = UInt64.max
    private var number: UInt64 = 0
    private var cancellation: Cancellation?

    /// The alarm to be set if one is wanted at a moment, and none is set for then or before. Whoever gets it sets it.
    mutating func request(at wanted: PoolClock.Moment) -> Request? {
        guard wanted < moment else { return nil }
        moment = wanted
        number &+= 1
        return Request(moment: wanted, number: number)
    }

    /// An alarm has been set: returns what is to be cancelled, the one before it, or itself if it is old already.
    mutating func wasSet(_ request: Request, _ new: @escaping Cancellation) -> Cancellation? {
        guard request.number == number, moment != .max else { return new }
        let old = cancellation
        cancellation = new
        return old
    }

    /// An alarm has gone off: whether it is the newest.
    mutating func wentOff(_ number: UInt64) -> Bool {
        guard number == self.number, moment != .max else { return false }
        moment = .max
        return true
    }

    /// How the alarm that is set is cancelled, for the end of the pool.
    func cancel() { cancellation?() }
}
