/// What happens because time passes.
extension PoolState {
    /// Waiters are told of their deadline up to so much late, in exchange for looking at all of them no more often.
    static var deadlineGrain: UInt64 { 1_000_000 }

    /// Time has passed. To be called at `alarm`; earlier or later does no harm.
    ///
    /// O(waiters) when a deadline may have passed, O(idle + keys) once per maintenance interval.
    mutating func tick(now moment: UInt64, _ actions: inout PoolActions) {
        advance(to: moment)
        if deadlineBound <= now { failLate(&actions) }
        while dials.first >= 0, connections[Int(dials.first)].end <= now {
            let index = dials.first
            leaveDials(index)
            connections[Int(index)].isOverdue = true
            actions.append(.cancelDial(PoolID(index: index, generation: connections[Int(index)].generation)))
        }
        if nextMaintenance <= now { maintain(&actions) }
        feed(&actions)
    }

    private mutating func failLate(_ actions: inout PoolActions) {
        var earliest = UInt64.max
        for index in waiters.indices where waiters[index].status == .queued {
            let deadline = waiters[index].deadline
            if deadline > now {
                earliest = min(earliest, deadline)
                continue
            }
            if waiters[index].partition >= 0 { statistics.timeouts += 1 }
            fail(Int32(index), .timedOut, &actions)
        }
        deadlineBound = earliest == .max ? .max : max(earliest, now &+ Self.deadlineGrain)
    }

    private mutating func maintain(_ actions: inout PoolActions) {
        nextMaintenance = now &+ limits.maintenance
        guard !isClosed else { return }
        var index = idle.last
        while index >= 0 {
            let connection = connections[Int(index)]
            let newer = connection.previous
            if connection.end <= now {
                closeIdle(index, .lifetime, &actions)
            } else if limits.idleTime != .max, connection.idleSince &+ limits.idleTime <= now, isSpare(connection) {
                closeIdle(index, .idle, &actions)
            }
            index = newer
        }
        guard limits.minimumPerKey > 0 else { return }
        for partition in partitions.indices where partitions[partition].isUsed {
            fillUp(Int32(partition), &actions)
            forgetIfEmpty(Int32(partition), &actions)
        }
    }

    /// Whether its key has more than the minimum.
    private func isSpare(_ connection: ConnectionRecord) -> Bool {
        let partition = partitions[Int(connection.partition)]
        return !partition.isWarm || Int(partition.open) > limits.minimumPerKey
    }
}
