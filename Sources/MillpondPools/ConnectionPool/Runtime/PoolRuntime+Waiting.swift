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
        return Span(start: now, end: deadline.moment(now, standard: options.acquireTimeout))
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

    /// Waits for what was begun; nil if there was a connection that does not pass the check any more.
    @usableFromInline
    final func outcome(of begun: Begun) async throws -> Head? {
        switch begun {
        case .leased(let head):
            if unsafe checksOnBorrow && !passesCheck(head) { return nil }
            unsafe head.pointee.uses &+= 1
            return unsafe head
        case .waits(let waiter):
            guard let head = unsafe Head(bitPattern: await suspended(waiter)) else { throw takeError(waiter) }
            unsafe head.pointee.uses &+= 1
            return unsafe head
        case .refused(.timedOut): throw ConnectionPoolError.timedOut(after: .zero)
        case .refused(.tooManyWaiters): throw ConnectionPoolError.tooManyWaiters(limit: options.maximumWaiters)
        case .refused: throw ConnectionPoolError.closed
        }
    }

    /// Suspends until the waiter is served (the address of its node's head) or fails (0).
    private final func suspended(_ waiter: PoolID) async -> UInt {
        await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (continuation: PoolWait.Continuation) in
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

    private final func takeOutcome(_ waiter: PoolID) -> PoolWait.Outcome {
        lock.lock()
        defer { lock.unlock() }
        return unsafe shared.pointee.takeOutcome(waiter)
    }

    private final func takeError(_ waiter: PoolID) -> any Error {
        switch takeOutcome(waiter) {
        case .failed(let error): return error
        case .granted, .ended: fatalError("a waiter was resumed with another's outcome")
        }
    }

    // MARK: The end

    /// Waits until nothing is left of the closed pool.
    final func awaitEnd(_ deadline: AcquireDeadline) async throws {
        guard let waiter = beginAwaitingEnd(span(until: deadline)) else { return }
        _ = await suspended(waiter)
        guard case .failed(let error) = takeOutcome(waiter) else { return }
        let left = report()
        if error is CancellationError { throw error }
        throw ConnectionPoolError.stillInUse(left.open + left.dialing + left.closing)
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
