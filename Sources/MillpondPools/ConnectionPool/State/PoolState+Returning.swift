/// Connections that come back, and those that end.
extension PoolState {
    /// A borrower is done with a connection; with a reason, it is not to be used again.
    mutating func returned(
        _ index: Int32, closing reason: ConnectionCloseReason? = nil, now moment: UInt64, _ actions: inout PoolActions
    ) {
        advance(to: moment)
        if let reason {
            closeLeased(index, reason, &actions)
            feed(&actions)
        } else {
            settle(index, &actions)
        }
    }

    /// A connection is reported dead: an idle one is closed now, another as soon as it comes.
    mutating func died(_ connection: PoolID, now moment: UInt64, _ actions: inout PoolActions) {
        advance(to: moment)
        let record = connections[Int(connection.index)]
        guard record.generation == connection.generation else { return }
        switch record.status {
        case .idle:
            closeIdle(connection.index, .died, &actions)
            feed(&actions)
        case .dialing, .leased: connections[Int(connection.index)].isDoomed = true
        case .free, .closing: break
        }
    }

    /// The closing of a connection has ended.
    mutating func closed(_ connection: PoolID, _ actions: inout PoolActions) {
        closingCount -= 1
        freeConnection(connection.index)
        endIfDrained(&actions)
    }

    /// Finds the use for a connection that is open and in no list: the first waiter, another key that has nothing and
    /// has waited longer, or idleness.
    mutating func settle(_ index: Int32, _ actions: inout PoolActions) {
        let connection = connections[Int(index)]
        let reason: ConnectionCloseReason? =
            isClosed ? .poolClosed : connection.isDoomed ? .died : connection.end <= now ? .lifetime : nil
        let waiter = partitions[Int(connection.partition)].firstWaiter
        if let reason {
            closeLeased(index, reason, &actions)
        } else if waiter < 0 {
            makeIdle(index, &actions)
        } else if mustGiveWay(waiter) {
            closeLeased(index, .evicted, &actions)
        } else {
            grant(index, &actions)
        }
        feed(&actions)
    }

    /// Whether a key that has neither connection nor dial waits for a place, and has waited longer. Without this, keys
    /// whose connections are always in demand would keep all places for themselves.
    private func mustGiveWay(_ waiter: Int32) -> Bool {
        guard starving.first >= 0, openCount + dialingCount >= limits.open, dialingCount < limits.dialing else {
            return false
        }
        let other = partitions[Int(starving.first)].firstWaiter
        return waiters[Int(other)].number < waiters[Int(waiter)].number
    }

    private mutating func makeIdle(_ index: Int32, _ actions: inout PoolActions) {
        let partition = connections[Int(index)].partition
        addIdle(index)
        // What was used last is the likeliest to be alive: the oldest goes.
        if Int(partitions[Int(partition)].idle) > limits.idlePerKey {
            closeIdle(partitions[Int(partition)].oldestIdle, .surplus, &actions)
        }
        if idleCount > limits.idle { closeIdle(idle.last, .surplus, &actions) }
    }

    /// The owner wants no idle connections just now. O(idle).
    mutating func dropIdle(now moment: UInt64, _ actions: inout PoolActions) {
        advance(to: moment)
        closeAllIdle(.surplus, &actions)
        feed(&actions)
    }

    /// Closes what is idle. O(idle). What waits for room is left to the caller.
    mutating func closeAllIdle(_ reason: ConnectionCloseReason, _ actions: inout PoolActions) {
        while idle.last >= 0 { closeIdle(idle.last, reason, &actions) }
    }
}
