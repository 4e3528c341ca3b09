extension BlockPool {
    /// Takes a block; at the limit it does as `Options.atLimit` says: fails, or waits for its turn.
    ///
    /// Waiters are served in the order they came, with every block and every byte of budget that comes free; nobody
    /// overtakes them, not even `take`. A waiter that is cancelled or late leaves the queue, and never with a block.
    ///
    /// - Parameters:
    ///   - minimumCapacity: bytes that the block must hold.
    ///   - timeout: how long to wait at most, instead of what the options say. Of no effect with `.fail`.
    /// - Throws: what `take(minimumCapacity:)` throws, `timedOut`, or `CancellationError`.
    @inlinable
    public func takeOrWait(minimumCapacity: Int, timeout: Duration? = nil) async throws -> Block {
        do {
            return try take(minimumCapacity: minimumCapacity)
        } catch {
            guard error.isBudgetExceeded else { throw error }
            return unsafe Block(adopting: try await wait(minimumCapacity, timeout, error))
        }
    }

    @usableFromInline
    func wait(
        _ minimumCapacity: Int, _ timeout: Duration?, _ refusal: BlockPoolError
    ) async throws -> UnsafeMutablePointer<BlockHeader> {
        guard case .wait(let usual) = options.atLimit,
            let sizeClass = SizeClass.index(fitting: max(minimumCapacity, 1)),
            SizeClass.capacity(at: sizeClass) <= options.budget
        else { throw refusal }
        return try unsafe await core.wait(sizeClass, timeout ?? usual)
    }
}

extension BlockPoolCore {
    /// Waits for a block of a class that may fit the budget some time.
    func wait(_ sizeClass: Int, _ timeout: Duration) async throws -> UnsafeMutablePointer<BlockHeader> {
        let waiter = BlockWaiter(sizeClass: sizeClass)
        let alarm = Timekeeper.shared.schedule(at: Timekeeper.moment(after: timeout)) {
            self.give(up: waiter, with: BlockPoolError.timedOut(waited: timeout))
        }
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                unsafe enqueue(waiter, continuation)
            }
        } onCancel: {
            give(up: waiter, with: CancellationError())
        }
        Timekeeper.shared.cancel(alarm)
        switch locked({ waiter.outcome }) {
        case .granted(let block)?: return unsafe block
        case .failed(let error)?: throw error
        case nil: fatalError("a waiter was resumed without an outcome")
        }
    }

    private func enqueue(_ waiter: BlockWaiter, _ continuation: UnsafeContinuation<Void, Never>) {
        var resumed: [BlockWaiter] = []
        let isOver = locked {
            // The deadline or a cancellation may have come first.
            if waiter.outcome != nil { return true }
            unsafe waiter.continuation = continuation
            if waiters.isEmpty {
                isRationed = true
                recall()
            }
            waiters.append(waiter)
            waits += 1
            serve(&resumed)
            return false
        }
        if isOver { unsafe continuation.resume() }
        Self.resume(resumed)
    }

    private func give(up waiter: BlockWaiter, with error: any Error) {
        var resumed: [BlockWaiter] = []
        locked {
            guard waiter.outcome == nil else { return }
            waiter.outcome = .failed(error)
            guard waiter.isLinked else { return }
            waiters.remove(waiter)
            resumed.append(waiter)
            // It may have been in the way of others that need less.
            serve(&resumed)
        }
        Self.resume(resumed)
    }

    /// Grants blocks to waiters, first come first served, as long as there are any. Under the lock; the caller resumes
    /// those in `resumed` after it.
    func serve(_ resumed: inout [BlockWaiter]) {
        defer { isRationed = !waiters.isEmpty }
        while let waiter = waiters.first {
            let outcome: BlockWaiter.Outcome
            do throws(BlockPoolError) {
                outcome = unsafe .granted(try available(waiter.sizeClass))
            } catch {
                if error.isBudgetExceeded { return }
                outcome = .failed(error)
            }
            waiter.outcome = outcome
            waiters.remove(waiter)
            resumed.append(waiter)
        }
    }

    static func resume(_ waiters: [BlockWaiter]) {
        for waiter in waiters { unsafe waiter.continuation?.resume() }
    }
}
