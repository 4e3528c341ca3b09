extension ConnectionPoolCore where Connection: ~Copyable {
    @safe
    private enum Begun {
        case node(Node)
        case waits(PoolID)
    }

    /// Takes a connection of a key; waits for it if none is idle.
    @usableFromInline
    func wait(_ key: Key, _ deadline: AcquireDeadline) async throws -> Node {
        try Task.checkCancellation()
        let now = clock.now
        let until = deadline.moment(now, standard: options.acquireTimeout)
        while true {
            switch try begin(key, until, now) {
            case .node(let node):
                // Went idle since the fast path looked.
                if unsafe checksOnBorrow && !passesCheck(node) { continue }
                unsafe node.pointee.uses &+= 1
                return unsafe node
            case .waits(let waiter):
                if let node = unsafe Node(bitPattern: await suspended(waiter)) {
                    unsafe node.pointee.uses &+= 1
                    return unsafe node
                }
                switch outcome(waiter) {
                case .failed(let error): throw error
                case .granted, .ended: fatalError("a waiter was resumed with another's outcome")
                }
            }
        }
    }

    private func begin(_ key: Key, _ until: PoolClock.Moment, _ now: PoolClock.Moment) throws -> Begun {
        var effects = PoolEffects<Key, Connection>()
        lock.lock()
        var actions = PoolActions()
        let partition = unsafe shared.pointee.partition(of: key)
        let acquired = unsafe shared.pointee.state.acquire(partition, deadline: until, now: now, &actions)
        let begun: Begun?
        switch acquired {
        case .leased(let index): begun = unsafe .node(shared.pointee.node(of: index))
        case .waits(let waiter):
            unsafe shared.pointee.prepareWait(waiter)
            begun = .waits(waiter)
        case .refused: begun = nil
        }
        finish(actions, nil, &effects)
        lock.unlock()
        perform(effects)
        if let begun { return begun }
        switch acquired {
        case .refused(.timedOut): throw ConnectionPoolError.timedOut(after: .zero)
        case .refused(.tooManyWaiters): throw ConnectionPoolError.tooManyWaiters(limit: options.maximumWaiters)
        default: throw ConnectionPoolError.closed
        }
    }

    /// Suspends until the waiter is served (the address of its node) or fails (0).
    private func suspended(_ waiter: PoolID) async -> UInt {
        await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (continuation: PoolWait.Continuation) in
                var effects = PoolEffects<Key, Connection>()
                lock.lock()
                unsafe shared.pointee.park(waiter, continuation, &effects)
                lock.unlock()
                perform(effects)
            }
        } onCancel: {
            event { shared, actions, now in shared.state.cancel(waiter, now: now, &actions) }
        }
    }

    private func outcome(_ waiter: PoolID) -> PoolWait.Outcome {
        lock.lock()
        defer { lock.unlock() }
        return unsafe shared.pointee.takeOutcome(waiter)
    }

    // MARK: The end

    func close() {
        event { shared, actions, now in shared.state.close(now: now, &actions) }
    }

    /// Waits until nothing is left of the closed pool.
    func awaitEnd(_ deadline: AcquireDeadline) async throws {
        let now = clock.now
        let until = deadline.moment(now, standard: options.acquireTimeout)
        guard let waiter = beginAwaitingEnd(until, now) else { return }
        _ = await suspended(waiter)
        guard case .failed(let error) = outcome(waiter) else { return }
        let left = report()
        if error is CancellationError { throw error }
        throw ConnectionPoolError.stillInUse(left.open + left.dialing + left.closing)
    }

    private func beginAwaitingEnd(_ until: PoolClock.Moment, _ now: PoolClock.Moment) -> PoolID? {
        var effects = PoolEffects<Key, Connection>()
        lock.lock()
        defer { lock.unlock() }
        let waiter = unsafe shared.pointee.state.awaitEnd(deadline: until, now: now)
        if let waiter { unsafe shared.pointee.prepareWait(waiter) }
        // Sets the alarm.
        finish(PoolActions(), nil, &effects)
        return waiter
    }

    func report() -> ConnectionPoolStatistics {
        lock.lock()
        defer { lock.unlock() }
        return unsafe shared.pointee.state.report()
    }

    func warm(_ key: Key) {
        event { shared, actions, now in
            let partition = shared.partition(of: key)
            shared.state.warm(partition, now: now, &actions)
        }
    }
}
