extension PoolRuntime {
    /// How a wait began.
    @usableFromInline
    @safe
    enum Begun {
        /// One went idle since the fast path looked.
        case leased(Head)
        case waits(PoolID)
        case refused(PoolFailure)
    }

    /// When a wait began, its deadline, and its place in line once it has one.
    @usableFromInline
    struct Span {
        let start: PoolClock.Moment
        let end: PoolClock.Moment
        var place: WaiterPlace?
    }

    @usableFromInline
    final func span(until deadline: PoolDeadline) -> Span {
        span(until: deadline, standard: standardWait)
    }

    private final func span(until deadline: PoolDeadline, standard: UInt64) -> Span {
        let now = clock.now
        return Span(start: now, end: deadline.moment(now, standard: standard))
    }

    /// Takes an idle connection of a key, or joins the key's line. To be called with the lock held, which it releases.
    @usableFromInline
    final func beginAndUnlock(_ partition: Int32, _ span: inout Span) -> Begun {
        var actions = PoolActions()
        let acquired = unsafe shared.pointee.state.acquire(partition, deadline: span.end, now: span.start, &actions)
        return beginAndUnlock(acquired, actions, &span)
    }

    /// Closes a connection that did not pass the check, and takes or waits for another, at the old place in line.
    @usableFromInline
    final func beginAgain(refusing head: Head, _ span: inout Span) -> Begun {
        let index = unsafe head.pointee.id.index
        let now = clock.now
        lock.lock()
        var actions = PoolActions()
        let acquired = unsafe shared.pointee.state.refuse(
            index, deadline: span.end, place: span.place, now: now, &actions)
        return beginAndUnlock(acquired, actions, &span)
    }

    private final func beginAndUnlock(
        _ acquired: PoolState.Acquired, _ actions: PoolActions, _ span: inout Span
    ) -> Begun {
        var effects = PoolEffects()
        let begun: Begun
        switch acquired {
        case .leased(let index): begun = unsafe .leased(shared.pointee.node(of: index))
        case .waits(let waiter):
            unsafe shared.pointee.prepareWait(waiter)
            if checksOnBorrow { span.place = unsafe shared.pointee.state.place(of: waiter) }
            begun = .waits(waiter)
        case .refused(let failure): begun = .refused(failure)
        }
        finish(actions, nil, &effects)
        lock.unlock()
        perform(effects)
        return begun
    }

    /// Waits for what was begun: the address of a node's head. After the wait nothing is left to do here: a function
    /// that goes on has to hop to its executor.
    @usableFromInline
    final func outcome(of begun: Begun, _ span: Span) async throws -> UInt {
        switch begun {
        case .leased(let head):
            unsafe head.pointee.uses &+= 1
            return UInt(bitPattern: head)
        case .waits(let waiter): return try await suspended(waiter)
        case .refused(.timedOut):
            let waited = span.end - min(span.start, span.end)
            throw ConnectionPoolError.timedOut(waited: .nanoseconds(Int64(clamping: waited)))
        case .refused(.tooManyWaiters): throw ConnectionPoolError.tooManyWaiters(limit: options.maximumWaiters)
        case .refused: throw ConnectionPoolError.closed
        }
    }

    /// Whether a connection that a wait has brought may be lent: it has just been dialled for this waiter, or passes
    /// the check.
    @usableFromInline
    final func isFit(_ head: Head, _ begun: Begun) -> Bool {
        lock.synchronize()
        guard checksOnBorrow else { return true }
        if case .waits = begun, unsafe head.pointee.uses == 1 { return true }
        return unsafe isUsable(head)
    }

    /// Suspends until the waiter is served, or the pool has ended (0).
    private final func suspended(_ waiter: PoolID) async throws -> UInt {
        try await withTaskCancellationHandler {
            try unsafe await withUnsafeThrowingContinuation { (continuation: PoolWait.Continuation) in
                var effects = PoolEffects()
                lock.lock()
                unsafe shared.pointee.park(waiter, continuation, &effects)
                lock.unlock()
                perform(effects)
            }
        } onCancel: {
            event { shared, actions, now in shared.state.cancel(waiter, now: now, &actions) }
        }
    }

    // MARK: The end

    /// How long `close` waits that names no deadline, in nanoseconds.
    private static var standardEnd: UInt64 { 10_000_000_000 }

    /// Waits until nothing is left of the closed pool.
    final func awaitEnd(_ deadline: PoolDeadline) async throws {
        guard let waiter = beginAwaitingEnd(span(until: deadline, standard: Self.standardEnd)) else { return }
        do {
            _ = try await suspended(waiter)
        } catch let error as ConnectionPoolError where error.isTimedOut {
            let left = report()
            throw ConnectionPoolError.stillInUse(left.open + left.dialing + left.closing)
        }
    }

    private final func beginAwaitingEnd(_ span: Span) -> PoolID? {
        var effects = PoolEffects()
        lock.lock()
        let waiter = unsafe shared.pointee.state.awaitEnd(deadline: span.end, now: span.start)
        if let waiter { unsafe shared.pointee.prepareWait(waiter) }
        // For the alarm.
        finish(PoolActions(), nil, &effects)
        lock.unlock()
        perform(effects)
        return waiter
    }
}
