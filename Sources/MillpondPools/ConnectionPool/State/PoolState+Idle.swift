/// Idle connections: in a list of their key, from which the newest is taken, and in a list of all, whose oldest goes
/// first when another key needs its place.
extension PoolState {
    /// Lends out the newest idle connection of a key, if there is one that may still be used. The fast path.
    @inlinable
    mutating func takeIdle(_ partition: Int32) -> Int32? {
        let index = partitions[Int(partition)].newestIdle
        guard index >= 0, connections[Int(index)].end > now else { return nil }
        removeIdle(index)
        connections[Int(index)].status = .leased
        borrows &+= 1
        return index
    }

    /// Takes back a connection that nobody waits for and that may be kept; false, and nothing done, if there is more
    /// to it. The fast path.
    @inlinable
    mutating func putBackQuietly(_ index: Int32) -> Bool {
        let connection = connections[Int(index)]
        guard isQuiet, !connection.isDoomed, connection.end > now, idleCount < limits.idle,
            Int(partitions[Int(connection.partition)].idle) < limits.idlePerKey
        else { return false }
        addIdle(index)
        return true
    }

    @inlinable
    mutating func addIdle(_ index: Int32) {
        let slot = Int(index)
        let partition = Int(connections[slot].partition)
        let newest = partitions[partition].newestIdle
        connections[slot].status = .idle
        connections[slot].idleSince = now
        connections[slot].newer = -1
        connections[slot].older = newest
        if newest >= 0 { connections[Int(newest)].newer = index } else { partitions[partition].oldestIdle = index }
        partitions[partition].newestIdle = index
        partitions[partition].idle &+= 1

        connections[slot].previous = -1
        connections[slot].next = idle.first
        if idle.first >= 0 { connections[Int(idle.first)].previous = index } else { idle.last = index }
        idle.first = index
        idleCount &+= 1
    }

    @inlinable
    mutating func removeIdle(_ index: Int32) {
        let connection = connections[Int(index)]
        let partition = Int(connection.partition)
        if connection.newer >= 0 {
            connections[Int(connection.newer)].older = connection.older
        } else {
            partitions[partition].newestIdle = connection.older
        }
        if connection.older >= 0 {
            connections[Int(connection.older)].newer = connection.newer
        } else {
            partitions[partition].oldestIdle = connection.newer
        }
        partitions[partition].idle &-= 1

        if connection.previous >= 0 {
            connections[Int(connection.previous)].next = connection.next
        } else {
            idle.first = connection.next
        }
        if connection.next >= 0 {
            connections[Int(connection.next)].previous = connection.previous
        } else {
            idle.last = connection.previous
        }
        idleCount &-= 1
    }

    /// Closes an idle connection.
    mutating func closeIdle(_ index: Int32, _ reason: ConnectionCloseReason, _ actions: inout PoolActions) {
        removeIdle(index)
        closeLeased(index, reason, &actions)
    }

    /// Closes a connection that is in no list. Its key may be empty afterwards, or want another one.
    mutating func closeLeased(_ index: Int32, _ reason: ConnectionCloseReason, _ actions: inout PoolActions) {
        let slot = Int(index)
        let partition = connections[slot].partition
        partitions[Int(partition)].open -= 1
        openCount -= 1
        closingCount += 1
        connections[slot].status = .closing
        connections[slot].partition = -1
        statistics.closed[reason, default: 0] += 1
        actions.append(.close(PoolID(index: index, generation: connections[slot].generation), reason))
        refresh(partition)
        forgetIfEmpty(partition, &actions)
    }
}
