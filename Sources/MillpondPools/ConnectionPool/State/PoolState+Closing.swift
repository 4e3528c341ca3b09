/// The end of the pool.
extension PoolState {
    /// Closes the pool: waiters fail, dials are cancelled, idle connections are closed, those in use as they come back.
    /// Further calls do nothing. O(all there is).
    mutating func close(now moment: UInt64, _ actions: inout PoolActions) {
        advance(to: moment)
        guard !isClosed else { return }
        isClosed = true
        for index in waiters.indices where waiters[index].status == .queued && waiters[index].partition >= 0 {
            fail(Int32(index), .closed, &actions)
        }
        closeAllIdle(.poolClosed, &actions)
        for index in connections.indices where connections[index].status == .dialing {
            actions.append(.cancelDial(PoolID(index: Int32(index), generation: connections[index].generation)))
        }
        for partition in partitions.indices { forgetIfEmpty(Int32(partition), &actions) }
        endIfDrained(&actions)
    }

    /// Whether the pool is closed and nothing of it is left.
    var isDrained: Bool { isClosed && openCount == 0 && dialingCount == 0 && closingCount == 0 }

    /// A task waits for the end of the pool; nil if this is it.
    mutating func awaitEnd(deadline: UInt64, now moment: UInt64) -> PoolID? {
        advance(to: moment)
        return isDrained ? nil : enqueue(-1, deadline)
    }

    mutating func endIfDrained(_ actions: inout PoolActions) {
        guard isDrained else { return }
        while closers.first >= 0 { actions.append(.ended(resolve(closers.first))) }
    }
}
