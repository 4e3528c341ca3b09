internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// How a request comes by its connection.
extension TransportLane {
    /// A connection for a key: one that is idle, or the first to be had.
    ///
    /// - Parameter isLast: whether only a new one will do, if one can be had.
    func borrow(
        _ key: HTTPConnectionKey, _ timeouts: borrowing HTTPClientTimeouts, _ end: UInt64, isLast: Bool
    ) async throws -> Lease {
        if !isLast, let idle = pool.tryAcquire(for: key) { return idle }
        var wait = timeouts.connection
        if end != 0 { wait = min(wait, .nanoseconds(Int64(clamping: end &- min(end, reactor.monotonicNanoseconds)))) }
        do {
            let moment = PoolDeadline.at(PoolClock.system.now &+ wait.clampedNanoseconds)
            var lease = try await pool.acquire(for: key, deadline: moment)
            // Others put theirs back meanwhile, so this may go on; not for ever.
            var left = isLast ? 16 : 0
            while left > 0, lease.isReused {
                lease.discard()
                lease = try await pool.acquire(for: key, deadline: moment)
                left -= 1
            }
            return lease
        } catch let error as ConnectionPoolError {
            context.counters.failures.increment()
            throw Self.failure(error)
        }
    }

    private static func failure(_ error: ConnectionPoolError) -> HTTPClientError {
        if error.isClosed { return HTTPClientError(.transportClosed, .preparing) }
        if error.isTooManyWaiters { return HTTPClientError(.tooManyWaiters, .connecting, cause: error) }
        if error.isTimedOut { return HTTPClientError(.connectionTimedOut, .connecting, cause: error) }
        if let cause = error.cause as? HTTPClientError { return cause }
        let isLate = (error.cause as? IOError)?.code == .timedOut || error.cause is CancellationError
        return HTTPClientError(
            isLate ? .connectionTimedOut : .connectionFailed, .connecting, cause: error.cause ?? error)
    }
}
