internal import MillpondPools

extension Transport {
    /// What it has done so far and holds now. Each reactor's part is consistent in itself.
    public func statistics() -> TransportStatistics {
        var sum = TransportStatistics()
        for lane in lanes {
            let (counters, pool) = (lane.context.counters, lane.pool.statistics())
            sum.requests += counters.requests.value
            sum.reuses += counters.reuses.value
            sum.retries += counters.retries.value
            sum.failures += counters.failures.value
            sum.open += pool.open
            sum.inUse += pool.inUse
            sum.idle += pool.idle
            sum.dialing += pool.dialing
            sum.waiting += pool.waiting
            sum.dials += pool.dials
            sum.dialFailures += pool.dialFailures
            sum.closed.merge(pool.closed, uniquingKeysWith: +)
        }
        return sum
    }
}
