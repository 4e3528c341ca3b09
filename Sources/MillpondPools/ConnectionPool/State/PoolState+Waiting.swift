/// Waiters: in a line for each key, first come, first served.
extension PoolState {
    /// What `acquire` comes to.
    enum Acquired: Equatable {
        case leased(Int32)
        case waits(PoolID)
        case refused(PoolFailure)
    }

    /// A task wants a connection of a key and waits for it until `deadline`.
    ///
    /// - Parameter place: where in line it was before; it goes back there, whatever the bound on waiters.
    mutating func acquire(
        _ partition: Int32, deadline: UInt64, place: WaiterPlace? = nil, now moment: UInt64,
        _ actions: inout PoolActions
    ) -> Acquired {
        advance(to: moment)
        if isClosed {
            forgetIfEmpty(partition, &actions)
            return .refused(.closed)
        }
        if limits.minimumPerKey > 0 { partitions[Int(partition)].isWarm = true }
        while partitions[Int(partition)].newestIdle >= 0 {
            if let index = takeIdle(partition) {
                feed(&actions)
                return .leased(index)
            }
            let index = partitions[Int(partition)].newestIdle
            // The key must not be forgotten on the way.
            partitions[Int(partition)].waiting += 1
            closeIdle(index, .lifetime, &actions)
            partitions[Int(partition)].waiting -= 1
            refresh(partition)
        }
        let outcome: Acquired
        if deadline <= now {
            statistics.timeouts += 1
            outcome = .refused(.timedOut)
        } else if place == nil, waitingCount >= limits.waiters {
            statistics.refusals += 1
            outcome = .refused(.tooManyWaiters)
        } else {
            outcome = .waits(enqueue(partition, deadline, place))
            refresh(partition)
        }
        feed(&actions)
        forgetIfEmpty(partition, &actions)
        return outcome
    }

    /// A connection that was lent to a task does not pass the check: it is closed, and the task wants another. If it
    /// had waited before, it has its old place in line, in front of all who came later. O(those in front of it).
    mutating func refuse(
        _ index: Int32, deadline: UInt64, place: WaiterPlace?, now moment: UInt64, _ actions: inout PoolActions
    ) -> Acquired {
        advance(to: moment)
        let partition = connections[Int(index)].partition
        // The key must not be forgotten on the way.
        partitions[Int(partition)].waiting += 1
        closeLeased(index, .stale, &actions)
        partitions[Int(partition)].waiting -= 1
        refresh(partition)
        return acquire(partition, deadline: deadline, place: place, now: moment, &actions)
    }

    /// A waiter's task was cancelled.
    mutating func cancel(_ waiter: PoolID, now moment: UInt64, _ actions: inout PoolActions) {
        advance(to: moment)
        guard isQueued(waiter) else { return }
        statistics.cancellations += 1
        fail(waiter.index, .cancelled, &actions)
    }

    /// A waiter's task has been told what came of it; its name may be used anew.
    mutating func retire(_ waiter: PoolID) {
        let slot = Int(waiter.index)
        guard waiters[slot].generation == waiter.generation, waiters[slot].status == .resolved else { return }
        waiters[slot].status = .free
        waiters[slot].generation &+= 1
        waiters[slot].next = freeWaiters
        freeWaiters = waiter.index
    }

    // MARK: Steps

    func place(of waiter: PoolID) -> WaiterPlace {
        let record = waiters[Int(waiter.index)]
        return WaiterPlace(number: record.number, since: record.since)
    }

    func isQueued(_ waiter: PoolID) -> Bool {
        let record = waiters[Int(waiter.index)]
        return record.generation == waiter.generation && record.status == .queued
    }

    /// Puts a waiter into its key's line, or with a key of -1 among those who wait for the end: at the end, or at the
    /// place it had before.
    mutating func enqueue(_ partition: Int32, _ deadline: UInt64, _ place: WaiterPlace? = nil) -> PoolID {
        let index: Int32
        if freeWaiters >= 0 {
            index = freeWaiters
            freeWaiters = waiters[Int(index)].next
        } else {
            index = Int32(waiters.count)
            waiters.append(WaiterRecord())
        }
        if place == nil { lastNumber += 1 }
        deadlineBound = min(deadlineBound, deadline)
        var previous = partition >= 0 ? partitions[Int(partition)].lastWaiter : closers.last
        var next: Int32 = -1
        if let place {
            (previous, next) = (-1, partitions[Int(partition)].firstWaiter)
            while next >= 0, waiters[Int(next)].number < place.number {
                (previous, next) = (next, waiters[Int(next)].next)
            }
        }
        var waiter = WaiterRecord()
        waiter.status = .queued
        waiter.generation = waiters[Int(index)].generation
        waiter.partition = partition
        waiter.deadline = deadline
        waiter.since = place?.since ?? now
        waiter.countedUpTo = now
        waiter.number = place?.number ?? lastNumber
        waiter.previous = previous
        waiter.next = next
        waiters[Int(index)] = waiter
        if previous >= 0 { waiters[Int(previous)].next = index }
        if next >= 0 { waiters[Int(next)].previous = index }
        if partition >= 0 {
            if previous < 0 { partitions[Int(partition)].firstWaiter = index }
            if next < 0 { partitions[Int(partition)].lastWaiter = index }
            partitions[Int(partition)].waiting += 1
            waitingCount += 1
        } else {
            if previous < 0 { closers.first = index }
            closers.last = index
        }
        return PoolID(index: index, generation: waiter.generation)
    }

    /// Takes a waiter out of its line.
    mutating func resolve(_ index: Int32) -> PoolID {
        let waiter = waiters[Int(index)]
        waiters[Int(index)].status = .resolved
        if waiter.previous >= 0 { waiters[Int(waiter.previous)].next = waiter.next }
        if waiter.next >= 0 { waiters[Int(waiter.next)].previous = waiter.previous }
        if waiter.partition >= 0 {
            let partition = Int(waiter.partition)
            if waiter.previous < 0 { partitions[partition].firstWaiter = waiter.next }
            if waiter.next < 0 { partitions[partition].lastWaiter = waiter.previous }
            partitions[partition].waiting -= 1
            waitingCount -= 1
        } else {
            if waiter.previous < 0 { closers.first = waiter.next }
            if waiter.next < 0 { closers.last = waiter.previous }
        }
        if waitingCount == 0, closers.first < 0 { deadlineBound = .max }
        return PoolID(index: index, generation: waiter.generation)
    }

    /// Gives a connection that is in no list to the first waiter of its key.
    mutating func grant(_ connection: Int32, _ actions: inout PoolActions) {
        let partition = connections[Int(connection)].partition
        let index = partitions[Int(partition)].firstWaiter
        let waited = now - min(now, waiters[Int(index)].since)
        waitNanoseconds &+= now - min(now, waiters[Int(index)].countedUpTo)
        longestWait = max(longestWait, waited)
        statistics.waits += 1
        borrows += 1
        connections[Int(connection)].status = .leased
        actions.append(.grant(resolve(index), connection: connection))
        refresh(partition)
    }

    /// Ends a wait without a connection. A dial made for it goes on, for whoever comes next.
    mutating func fail(_ index: Int32, _ failure: PoolFailure, _ actions: inout PoolActions) {
        let partition = waiters[Int(index)].partition
        actions.append(.fail(resolve(index), failure))
        guard partition >= 0 else { return }
        refresh(partition)
        forgetIfEmpty(partition, &actions)
    }
}
