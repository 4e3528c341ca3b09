/// How fast a request's content comes, by the time in which it was waited for: what a handler does meanwhile is not the
/// client's fault.
struct HTTPBodyPace {
    /// Nanoseconds spent waiting.
    private(set) var waited: UInt64 = 0
    /// Bytes that came.
    private(set) var received: UInt64 = 0

    mutating func record(waited nanoseconds: UInt64, received count: Int) {
        waited &+= nanoseconds
        received &+= UInt64(max(0, count))
    }

    /// How much longer may be waited for the next byte; nil when the content is late. Each byte adds its share.
    func patience(rate: Int, grace: Duration) -> Duration? {
        guard rate > 0 else { return .seconds(Int64.max >> 32) }
        // Of more than 8 GiB a second the nanoseconds would overflow.
        let rate = UInt64(min(rate, 1 << 33))
        let (seconds, rest) = received.quotientAndRemainder(dividingBy: rate)
        let allowed =
            grace + .seconds(Int64(clamping: min(seconds, UInt64(Int32.max))))
            + .nanoseconds(Int64(rest * 1_000_000_000 / rate))
        let left = allowed - .nanoseconds(Int64(clamping: waited))
        return left > .zero ? left : nil
    }
}
