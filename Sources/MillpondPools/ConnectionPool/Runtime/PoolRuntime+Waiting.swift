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

    /// When a wait began, and its deadline.
    @usableFromInline
    struct Span {
        let start: PoolClock.Moment
        let end: PoolClock.Moment
    }

    @usableFromInline
    final func span(until deadline: AcquireDeadline) -> Span {
        let now = clock.now
        return Span(start: now, end: deadline.moment(now, standard: standardWait))
    }

    /// Takes an idle connection of a key, or joins the key's line. To be called with the lock held, which it releases.
    @usableFromInline
    final func beginAndUnlock(_ partition: Int32, _ span: Span) -> Begun {
        var effects = PoolEffects()
        var actions = PoolActions()
        let acquired = unsafe shared.pointee.state.acquire(partition, deadline: span.end, now: span.start, &actions)
        let begun: Begun
        switch acquired {
        case .leased(let index): begun = unsafe .leased(shared.pointee.node(of: index))
        case .waits(let waiter):
            unsafe shared.pointee.prepareWait(waiter)
            begun = .waits(waiter)
        case .refused(let failure): begun = .refused(failure)
        }
        finish(actions, nil, &effects)
        lock.unlock()
        perform(effects)
        return begun
    }

    /// Waits for what was begun: the address of a node's head, or 0 if there was a connection that does not pass the
    /// check any more. After the wait nothing is left to do here: a function that goes on has to hop to its executor.
    @usableFromInline
    final func outcome(of begun: Begun) async throws -> UInt {
        switch begun {
        case .leased(let head):
            if unsafe checksOnBorrow && !passesCheck(head) { return 0 }
            unsafe head.pointee.uses &+= 1
            return UInt(bitPattern: head)
        case .waits(let waiter): return try await suspended(waiter)
        case .refused(.timedOut): throw ConnectionPoolError.timedOut(after: .zero)
        case .refused(.tooManyWaiters): throw ConnectionPoolError.tooManyWaiters(limit: options.maximumWaiters)
        case .refused: throw ConnectionPoolError.closed
        }
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

    /// Waits until nothing is left of the closed pool.
    final func awaitEnd(_ deadline: AcquireDeadline) async throws {
        guard let waiter = beginAwaitingEnd(span(until: deadline)) else { return }
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
        defer { lock.unlock() }
        let waiter = unsafe shared.pointee.state.awaitEnd(deadline: span.end, now: span.start)
        if let waiter { unsafe shared.pointee.prepareWait(waiter) }
        // Sets the alarm.
        finish(PoolActions(), nil, &effects)
        return waiter
    }
}
