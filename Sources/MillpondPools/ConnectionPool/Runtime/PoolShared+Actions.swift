extension PoolShared {
    /// Turns an action of the state machine into what is to be done after the lock. `.forget` is not for here.
    mutating func translate(
        _ action: PoolAction, _ cause: (any Error)?, _ options: borrowing ConnectionPoolOptions,
        _ effects: inout PoolEffects
    ) {
        switch action {
        case .grant(let waiter, let connection):
            let head = unsafe node(of: connection)
            unsafe head.pointee.uses &+= 1
            resolve(waiter, .granted(UInt(bitPattern: head)), &effects)
        case .fail(let waiter, let failure):
            resolve(waiter, .failed(error(failure, waiter, cause, options)), &effects)
        case .ended(let waiter): resolve(waiter, .granted(0), &effects)
        case .dial(let id, let partition):
            unsafe setNode(nil, id.index)
            setDial(nil, id.index)
            effects.append(.dial(id, partition: partition))
        case .cancelDial(let id):
            if let task = dials[Int(id.index)] { effects.append(.cancel(task)) }
        case .close(let id, _):
            unsafe effects.append(.close(NodeTransfer(node(of: id.index))))
            unsafe nodes[Int(id.index)] = nil
        case .forget: break
        }
    }

    /// Makes room for the wait of a new waiter.
    mutating func prepareWait(_ waiter: PoolID) {
        while waits.count <= Int(waiter.index) { waits.append(PoolWait()) }
        waits[Int(waiter.index)] = PoolWait()
    }

    /// A waiter's task is suspended now. The continuation is resumed later, or at once if the outcome was first.
    mutating func park(_ waiter: PoolID, _ continuation: PoolWait.Continuation, _ effects: inout PoolEffects) {
        unsafe waits[Int(waiter.index)].continuation = continuation
        if let outcome = waits[Int(waiter.index)].outcome.take() { resolve(waiter, outcome, &effects) }
    }

    private mutating func resolve(_ waiter: PoolID, _ outcome: PoolWait.Outcome, _ effects: inout PoolEffects) {
        guard let continuation = unsafe waits[Int(waiter.index)].continuation.take() else {
            waits[Int(waiter.index)].outcome = outcome
            return
        }
        state.retire(waiter)
        switch outcome {
        case .granted(let head): unsafe effects.append(.resume(continuation, head))
        case .failed(let error): unsafe effects.append(.fail(continuation, error))
        }
    }

    private func error(
        _ failure: PoolFailure, _ waiter: PoolID, _ cause: (any Error)?,
        _ options: borrowing ConnectionPoolOptions
    ) -> any Error {
        let waited = state.now - min(state.now, state.waiters[Int(waiter.index)].since)
        return switch failure {
        case .timedOut: ConnectionPoolError.timedOut(waited: .nanoseconds(Int64(clamping: waited)))
        case .cancelled: CancellationError()
        case .closed: ConnectionPoolError.closed
        case .tooManyWaiters: ConnectionPoolError.tooManyWaiters(limit: options.maximumWaiters)
        case .dialFailed: ConnectionPoolError.dialFailed(cause: cause ?? ConnectionPoolError.deadOnArrival)
        case .dialTimedOut:
            ConnectionPoolError.dialTimedOut(after: options.dialTimeout, cause: cause ?? CancellationError())
        }
    }
}
