/// Dials: begun for waiters that no dial under way would serve, as far as the limits allow. What they bring goes to the
/// first waiter of the key, whoever they were begun for, or becomes idle.
extension PoolState {
    /// A dial has brought a connection.
    mutating func dialed(_ connection: PoolID, now moment: UInt64, _ actions: inout PoolActions) {
        advance(to: moment)
        let index = connection.index
        let partition = endDial(index)
        partitions[Int(partition)].open += 1
        openCount += 1
        connections[Int(index)].status = .leased
        if connections[Int(index)].isDoomed, !isClosed { return arrivedDead(index, &actions) }
        partitions[Int(partition)].failures = 0
        partitions[Int(partition)].retryAt = 0
        connections[Int(index)].end = endOfLife()
        if nextMaintenance <= now { nextMaintenance = now &+ limits.maintenance }
        settle(index, &actions)
    }

    /// A dial has brought a connection that was reported dead meanwhile: as good as failed. Were another dialled at
    /// once, a peer that ends what it accepts would be dialled for ever.
    private mutating func arrivedDead(_ index: Int32, _ actions: inout PoolActions) {
        let partition = connections[Int(index)].partition
        backOff(partition)
        let record = partitions[Int(partition)]
        if record.waiting > record.dialing { fail(record.firstWaiter, .dialFailed, &actions) }
        closeLeased(index, .died, &actions)
        feed(&actions)
    }

    /// A dial has failed. The first waiter of the key is told, unless the dials still under way suffice for all.
    mutating func dialFailed(_ connection: PoolID, now moment: UInt64, _ actions: inout PoolActions) {
        advance(to: moment)
        let isOverdue = connections[Int(connection.index)].isOverdue
        let partition = endDial(connection.index)
        freeConnection(connection.index)
        statistics.dialFailures += 1
        backOff(partition)
        let record = partitions[Int(partition)]
        if record.waiting > record.dialing {
            fail(record.firstWaiter, isOverdue ? .dialTimedOut : .dialFailed, &actions)
        } else {
            refresh(partition)
            forgetIfEmpty(partition, &actions)
        }
        feed(&actions)
        endIfDrained(&actions)
    }

    /// Brings a key to its minimum without anyone waiting.
    mutating func warm(_ partition: Int32, now moment: UInt64, _ actions: inout PoolActions) {
        advance(to: moment)
        guard !isClosed else { return forgetIfEmpty(partition, &actions) }
        partitions[Int(partition)].isWarm = limits.minimumPerKey > 0
        fillUp(partition, &actions)
        forgetIfEmpty(partition, &actions)
    }

    /// Whether a dial goes on, and whether its task is to be cancelled.
    func dialStatus(_ connection: PoolID) -> (isUnderWay: Bool, isUnwanted: Bool) {
        let record = connections[Int(connection.index)]
        return (
            record.generation == connection.generation && record.status == .dialing, isClosed || record.isOverdue
        )
    }

    // MARK: Steps

    /// Dials what lacks to a key's minimum; takes no place from others for it.
    mutating func fillUp(_ partition: Int32, _ actions: inout PoolActions) {
        while partitions[Int(partition)].isWarm, partitions[Int(partition)].retryAt <= now,
            Int(partitions[Int(partition)].open + partitions[Int(partition)].dialing) < limits.minimumPerKey,
            openCount + dialingCount < limits.open, dialingCount < limits.dialing
        {
            beginDial(partition, &actions)
        }
    }

    /// Puts a key into the line it belongs to, or takes it out. To be called when anything of it has changed.
    mutating func refresh(_ partition: Int32) {
        let record = partitions[Int(partition)]
        let wants =
            !isClosed && record.waiting > record.dialing && Int(record.open + record.dialing) < limits.openPerKey
        let hunger: PartitionRecord.Hunger =
            !wants ? .none : (record.open == 0 && record.dialing == 0 ? .starving : .hungry)
        guard hunger != record.hunger else { return }
        leaveLine(partition)
        joinLine(partition, hunger)
    }

    /// Begins as many dials as the limits allow: of keys that have nothing first, else of each key in its turn. Where
    /// the total is reached, the connection longest idle makes room.
    mutating func feed(_ actions: inout PoolActions) {
        while dialingCount < limits.dialing {
            let partition = starving.first >= 0 ? starving.first : hungry.first
            guard partition >= 0 else { return }
            if openCount + dialingCount >= limits.open {
                guard idle.last >= 0 else { return }
                closeIdle(idle.last, .evicted, &actions)
            }
            beginDial(partition, &actions)
            // To the end of its line: the others come before its next dial.
            leaveLine(partition)
            refresh(partition)
        }
    }

    private mutating func beginDial(_ partition: Int32, _ actions: inout PoolActions) {
        let index: Int32
        if freeConnections >= 0 {
            index = freeConnections
            freeConnections = connections[Int(index)].next
        } else {
            index = Int32(connections.count)
            connections.append(ConnectionRecord())
        }
        var connection = ConnectionRecord()
        connection.status = .dialing
        connection.generation = connections[Int(index)].generation
        connection.partition = partition
        connection.end = now &+ limits.dialTime
        connection.previous = dials.last
        connections[Int(index)] = connection
        if dials.last >= 0 { connections[Int(dials.last)].next = index } else { dials.first = index }
        dials.last = index
        partitions[Int(partition)].dialing += 1
        dialingCount += 1
        statistics.dials += 1
        actions.append(.dial(PoolID(index: index, generation: connection.generation), partition: partition))
    }

    private mutating func endDial(_ index: Int32) -> Int32 {
        if !connections[Int(index)].isOverdue { leaveDials(index) }
        let partition = connections[Int(index)].partition
        partitions[Int(partition)].dialing -= 1
        dialingCount -= 1
        return partition
    }

    /// Takes a dial out of the list of those that have a deadline before them.
    mutating func leaveDials(_ index: Int32) {
        let connection = connections[Int(index)]
        if connection.previous >= 0 {
            connections[Int(connection.previous)].next = connection.next
        } else {
            dials.first = connection.next
        }
        if connection.next >= 0 {
            connections[Int(connection.next)].previous = connection.previous
        } else {
            dials.last = connection.previous
        }
    }

    mutating func freeConnection(_ index: Int32) {
        let generation = connections[Int(index)].generation
        connections[Int(index)] = ConnectionRecord()
        connections[Int(index)].generation = generation &+ 1
        connections[Int(index)].next = freeConnections
        freeConnections = index
    }

    private mutating func backOff(_ partition: Int32) {
        let failures = partitions[Int(partition)].failures
        partitions[Int(partition)].failures = min(failures + 1, 1000)
        let doublings = UInt64(min(failures, 20))
        // Longer ones lose bits.
        let isLonger = limits.initialBackoff > limits.maximumBackoff >> doublings
        let pause = isLonger ? limits.maximumBackoff : limits.initialBackoff << doublings
        partitions[Int(partition)].retryAt = now &+ pause
        // A key that can't be reached is not tried for ever: the next who asks for it sees to it again.
        if failures + 1 >= Self.warmAttempts { partitions[Int(partition)].isWarm = false }
    }

    /// Failed dials in a row after which a key is no longer kept warm.
    static var warmAttempts: Int32 { 8 }

    private mutating func endOfLife() -> UInt64 {
        guard limits.lifetime != .max else { return .max }
        // SplitMix64 (Steele, Lea, Flood 2014).
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        let part = Double(mixed >> 11) / Double(1 << 53) * limits.jitter
        return now &+ max(UInt64(Double(limits.lifetime) * (1 - part)), 1)
    }

    // MARK: The lines of the hungry

    private mutating func joinLine(_ partition: Int32, _ hunger: PartitionRecord.Hunger) {
        partitions[Int(partition)].hunger = hunger
        guard hunger != .none else { return }
        let last = hunger == .starving ? starving.last : hungry.last
        partitions[Int(partition)].previous = last
        partitions[Int(partition)].next = -1
        if last >= 0 { partitions[Int(last)].next = partition }
        if hunger == .starving {
            if last < 0 { starving.first = partition }
            starving.last = partition
        } else {
            if last < 0 { hungry.first = partition }
            hungry.last = partition
        }
    }

    private mutating func leaveLine(_ partition: Int32) {
        let record = partitions[Int(partition)]
        guard record.hunger != .none else { return }
        if record.previous >= 0 { partitions[Int(record.previous)].next = record.next }
        if record.next >= 0 { partitions[Int(record.next)].previous = record.previous }
        if record.hunger == .starving {
            if record.previous < 0 { starving.first = record.next }
            if record.next < 0 { starving.last = record.previous }
        } else {
            if record.previous < 0 { hungry.first = record.next }
            if record.next < 0 { hungry.last = record.previous }
        }
        partitions[Int(partition)].hunger = .none
    }
}
