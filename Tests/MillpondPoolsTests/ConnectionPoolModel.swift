@testable import MillpondPools

/// Drives the state machine as its runtime does, keeps its own account of what it was told, and compares.
///
/// Keys are numbers; a connection is named by the number of the dial that made it.
struct ConnectionPoolModel: ~Copyable {
    enum Held: Equatable { case dialing, leased, idleOrLeased, closing }

    var state: PoolState
    let options: ConnectionPoolOptions
    var now: UInt64 = 1000
    /// Partition by key, as the runtime's table has it.
    var partitions: [Int: Int32] = [:]
    var keyOfPartition: [Int32: Int] = [:]
    var dialing: [PoolID: Int] = [:]
    var cancelledDials: Set<PoolID> = []
    /// Connections lent out, with their keys.
    var leased: [Int32: Int] = [:]
    var idle: [Int32: Int] = [:]
    var closing: Set<PoolID> = []
    /// Waiters of each key in the order they came, with their deadlines.
    var lines: [Int: [PoolID]] = [:]
    var deadlines: [PoolID: UInt64] = [:]
    var places: [PoolID: WaiterPlace] = [:]
    /// Connections lent to those who waited, with what their wait was.
    var served: [Int32: (place: WaiterPlace, deadline: UInt64)] = [:]
    var closers: [PoolID] = []
    var isClosed = false
    var isDrained = false
    var granted = 0
    var failures: [PoolFailure] = []
    var problems: [String] = []

    init(_ options: ConnectionPoolOptions) {
        self.options = options
        state = PoolState(PoolLimits(options), now: now)
    }

    // MARK: Events

    mutating func acquire(_ key: Int, timeout: UInt64) {
        let isNew = partitions[key] == nil
        let partition = partitions[key] ?? state.addPartition()
        if isNew {
            check(keyOfPartition[partition] == nil, "number \(partition) given to two keys")
            partitions[key] = partition
            keyOfPartition[partition] = key
        }
        var actions = PoolActions()
        let hadIdle = idle.values.contains(key)
        let outcome = state.acquire(partition, deadline: now + timeout, now: now, &actions)
        switch outcome {
        case .leased(let connection):
            check(idle.removeValue(forKey: connection) == key, "lent out \(connection), which was not idle for \(key)")
            leased[connection] = key
        case .waits(let waiter):
            lines[key, default: []].append(waiter)
            deadlines[waiter] = now + timeout
            places[waiter] = state.place(of: waiter)
        case .refused(let failure):
            failures.append(failure)
            check(!isClosed || failure == .closed, "a closed pool refused with \(failure)")
        }
        carryOut(actions)
        if case .waits = outcome, hadIdle { check(!idle.values.contains(key), "waits for \(key), which has idle ones") }
    }

    mutating func giveBack(_ connection: Int32, closing reason: ConnectionCloseReason? = nil) {
        guard let key = leased.removeValue(forKey: connection) else { return }
        served[connection] = nil
        var actions = PoolActions()
        // In the first place where the runtime keeps it; where it goes the actions say.
        idle[connection] = key
        if reason == nil, state.putBackQuietly(connection) {
            check(lines[key, default: []].isEmpty, "put back quietly while somebody waits")
            return
        }
        state.returned(connection, closing: reason, now: now, &actions)
        carryOut(actions)
    }

    /// A waiter that was served finds its connection of no use, and wants another.
    mutating func refuse(_ connection: Int32) {
        guard let wait = served.removeValue(forKey: connection), let key = leased.removeValue(forKey: connection)
        else { return }
        idle[connection] = key
        var actions = PoolActions()
        let outcome = state.refuse(connection, deadline: wait.deadline, place: wait.place, now: now, &actions)
        switch outcome {
        case .leased(let other):
            check(idle.removeValue(forKey: other) == key, "lent out \(other), which was not idle for \(key)")
            leased[other] = key
        case .waits(let waiter):
            let line = lines[key, default: []]
            let index = line.firstIndex { places[$0, default: wait.place].number > wait.place.number }
            lines[key, default: []].insert(waiter, at: index ?? line.count)
            deadlines[waiter] = wait.deadline
            places[waiter] = wait.place
        case .refused(let failure):
            failures.append(failure)
            check(isClosed || failure == .timedOut, "a waiter that had a place was refused with \(failure)")
        }
        carryOut(actions)
    }

    mutating func finishDial(_ dial: PoolID, succeeds: Bool) {
        guard let key = dialing.removeValue(forKey: dial) else { return }
        var actions = PoolActions()
        if succeeds {
            idle[dial.index] = key
            state.dialed(dial, now: now, &actions)
        } else {
            state.dialFailed(dial, now: now, &actions)
        }
        cancelledDials.remove(dial)
        carryOut(actions)
    }

    mutating func cancel(_ waiter: PoolID) {
        var actions = PoolActions()
        state.cancel(waiter, now: now, &actions)
        carryOut(actions)
    }

    mutating func die(_ id: PoolID) {
        var actions = PoolActions()
        state.died(id, now: now, &actions)
        carryOut(actions)
    }

    mutating func finishClosing(_ id: PoolID) {
        closing.remove(id)
        var actions = PoolActions()
        state.closed(id, &actions)
        carryOut(actions)
    }

    mutating func tick(after time: UInt64) {
        now += time
        var actions = PoolActions()
        state.tick(now: now, &actions)
        carryOut(actions)
        // A deadline is kept to the grain, if ticks come that often.
        if time <= PoolState.deadlineGrain {
            for (waiter, deadline) in deadlines where deadline + 2 * PoolState.deadlineGrain < now {
                problems.append("waiter \(waiter) waits past its deadline")
            }
        }
    }

    mutating func warm(_ key: Int) {
        let partition = partitions[key] ?? state.addPartition()
        partitions[key] = partition
        keyOfPartition[partition] = key
        var actions = PoolActions()
        state.warm(partition, now: now, &actions)
        carryOut(actions)
    }

    mutating func dropIdle() {
        var actions = PoolActions()
        state.dropIdle(now: now, &actions)
        carryOut(actions)
    }

    mutating func close() {
        isClosed = true
        var actions = PoolActions()
        state.close(now: now, &actions)
        carryOut(actions)
    }

    mutating func awaitEnd() {
        guard let waiter = state.awaitEnd(deadline: now + (1 << 50), now: now) else {
            isDrained = true
            return
        }
        closers.append(waiter)
    }

    // MARK: Actions

    private mutating func carryOut(_ actions: PoolActions) {
        var all: [PoolAction] = []
        actions.forEach { all.append($0) }
        for action in all { carryOut(action) }
    }

    private mutating func carryOut(_ action: PoolAction) {
        switch action {
        case .grant(let waiter, let connection):
            let key = idle.removeValue(forKey: connection)
            check(key != nil, "granted \(connection), which is not to be had")
            check(lines[key ?? -1]?.first == waiter, "\(waiter) was served before those that came first")
            if let place = places[waiter], let deadline = deadlines[waiter] { served[connection] = (place, deadline) }
            remove(waiter)
            leased[connection] = key
            granted += 1
        case .fail(let waiter, let failure):
            let isFirst = lines.values.contains { $0.first == waiter }
            if failure == .dialFailed { check(isFirst, "a failed dial was told to another than the first") }
            if failure == .timedOut {
                check(closers.contains(waiter) || deadlines[waiter, default: .max] <= now, "timed out early")
            }
            check(remove(waiter), "\(waiter) was told twice, or never waited")
            failures.append(failure)
        case .ended(let waiter):
            check(
                closers.contains(waiter) && leased.isEmpty && idle.isEmpty && dialing.isEmpty && closing.isEmpty,
                "the end was told too early")
            remove(waiter)
            isDrained = true
        case .dial(let id, let partition):
            check(dialing[id] == nil && !closing.contains(id), "\(id) dialled twice")
            check(!isClosed, "a closed pool dials")
            dialing[id] = keyOfPartition[partition]
        case .cancelDial(let id):
            check(dialing[id] != nil, "cancelled dial \(id), which is not under way")
            cancelledDials.insert(id)
        case .close(let id, _):
            check(idle.removeValue(forKey: id.index) != nil, "closed \(id), which is in use or unknown")
            check(closing.insert(id).inserted, "\(id) closed twice")
        case .forget(let partition):
            if let key = keyOfPartition.removeValue(forKey: partition) {
                partitions[key] = nil
                check(
                    !leased.values.contains(key) && !idle.values.contains(key) && !dialing.values.contains(key)
                        && lines[key, default: []].isEmpty, "forgot \(key), which is in use")
            } else {
                problems.append("forgot \(partition) twice")
            }
        }
    }

    @discardableResult
    private mutating func remove(_ waiter: PoolID) -> Bool {
        state.retire(waiter)
        deadlines[waiter] = nil
        places[waiter] = nil
        if let index = closers.firstIndex(of: waiter) {
            closers.remove(at: index)
            return true
        }
        for (key, line) in lines {
            if let index = line.firstIndex(of: waiter) {
                lines[key]?.remove(at: index)
                return true
            }
        }
        return false
    }

    // MARK: What always holds

    mutating func check(_ condition: Bool, _ problem: String) {
        if !condition { problems.append(problem) }
    }

    mutating func checkInvariants() {
        problems += violations()
    }

    private func violations() -> [String] {
        var found: [String] = []
        func check(_ condition: Bool, _ problem: @autoclosure () -> String) {
            if !condition { found.append(problem()) }
        }
        let report = state.report()
        let waiting = lines.values.reduce(0) { $0 + $1.count }
        check(report.inUse == leased.count, "in use \(report.inUse), lent out \(leased.count)")
        check(report.idle == idle.count, "idle \(report.idle), not lent out \(idle.count)")
        check(report.dialing == dialing.count, "dialling \(report.dialing), under way \(dialing.count)")
        check(report.closing == closing.count, "closing \(report.closing), begun \(closing.count)")
        check(report.waiting == waiting, "waiting \(report.waiting), in line \(waiting)")
        check(report.keys == partitions.count, "keys \(report.keys), known \(partitions.count)")
        check(report.open + report.dialing <= options.maximumOpen, "\(report.open + report.dialing) open in all")
        check(report.dialing <= options.maximumDialing, "\(report.dialing) dials")
        check(report.idle <= options.maximumIdle, "\(report.idle) idle in all")
        // Those who come back to the line were let into it before, and have been served since.
        check(waiting + served.count <= options.maximumWaiters + options.maximumOpen, "\(waiting) waiters")
        check(!isClosed || idle.isEmpty && waiting == 0, "idle or waiting after the end")
        let isOverdue =
            state.alarm < now && state.alarm != state.nextMaintenance && deadlines.isEmpty && dialing.isEmpty
        check(!isOverdue, "an alarm in the past for nothing")
        let isFull = report.open + report.dialing >= options.maximumOpen && idle.isEmpty
        for key in partitions.keys {
            let (used, spare) = (count(leased, key), count(idle, key))
            let underWay = dialing.values.count { $0 == key }
            let line = lines[key, default: []].count
            check(used + spare + underWay <= options.maximumOpenPerKey, "\(used + spare + underWay) open for \(key)")
            check(spare <= options.maximumIdlePerKey, "\(spare) idle for \(key)")
            check(spare == 0 || line == 0, "\(key) has idle connections and waiters")
            // Nobody waits for something that could be done now.
            check(
                line <= underWay || isFull || dialing.count >= options.maximumDialing
                    || used + spare + underWay >= options.maximumOpenPerKey,
                "\(key): \(line) wait, \(underWay) dials, and another is allowed")
        }
        return found
    }

    private func count(_ connections: [Int32: Int], _ key: Int) -> Int { connections.values.count { $0 == key } }
}
