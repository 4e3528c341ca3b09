internal import MillpondPools

/// The queue between a producer and a `PushSource`.
final class PushQueue: Sendable {
    /// How the producer ended the stream.
    enum Ending {
        case finished
        case failed(IOError)
    }

    struct State: ~Copyable {
        var chain: ByteChain
        var ending: Ending?
        /// The consumer is gone.
        var isAbandoned = false
        /// Set at the high-water mark, cleared at the low one.
        var isFull = false
        var writers = 0
        var waiters: [PushWaiter] = []
    }

    private let low: Int
    private let high: Int
    private let state: Guarded<State>
    let pool: BlockPool

    init(low: Int, high: Int, pool: BlockPool) {
        self.low = low
        self.high = high
        self.pool = pool
        state = Guarded(State(chain: ByteChain(pool: pool)))
    }

    var count: Int { state.withLock { $0.chain.count } }

    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    // MARK: Producing

    /// Throws what a producer is to know before it pushes.
    private static func check(_ state: borrowing State) throws(IOError) {
        if state.isAbandoned { throw .abandoned }
        if state.ending != nil { throw .closed }
    }

    func addWriter() { state.withLock { $0.writers += 1 } }

    func removeWriter() {
        let wasLast = state.withLock { state in
            state.writers -= 1
            return state.writers == 0
        }
        if wasLast { end(.failed(.abandoned)) }
    }

    /// Takes the bytes out of `bytes` and says whether to go on; nil when the queue is full, and leaves them there,
    /// unless they are to be taken regardless.
    func offer(_ bytes: inout SharedBytes?, regardless: Bool = false) throws(IOError) -> PushSource.PushResult? {
        try offer(regardless) { (chain) throws(BlockPoolError) in
            if let pushed = bytes.take() { try chain.append(pushed) }
        }
    }

    /// The same with a copy.
    func offer(copying bytes: RawSpan, regardless: Bool = false) throws(IOError) -> PushSource.PushResult? {
        try offer(regardless) { (chain) throws(BlockPoolError) in try chain.append(copying: bytes) }
    }

    /// Calls `append` only where there is room, or where it is regardless.
    private func offer(
        _ regardless: Bool, _ append: (inout ByteChain) throws(BlockPoolError) -> Void
    ) throws(IOError) -> PushSource.PushResult? {
        var consumer: PushWaiter?
        let result = try state.withLock { (state) throws(IOError) -> PushSource.PushResult? in
            try Self.check(state)
            guard regardless || !state.isFull else { return nil }
            do throws(BlockPoolError) {
                try append(&state.chain)
            } catch {
                throw .bufferUnavailable(error)
            }
            consumer = state.takeConsumer()
            return self.result(&state)
        }
        consumer?.resume()
        return result
    }

    private func result(_ state: inout State) -> PushSource.PushResult {
        if state.chain.count >= high { state.isFull = true }
        return state.isFull ? .stopProducing : .produceMore
    }

    /// The error of a push that found the queue full and may not wait.
    var fullError: IOError { .backlogExceeded(limit: high) }

    func end(_ ending: Ending) {
        let waiters = state.withLock { state -> [PushWaiter] in
            guard state.ending == nil else { return [] }
            state.ending = ending
            return state.takeAll()
        }
        for waiter in waiters { waiter.resume() }
    }

    func whenWritable(_ body: @escaping @Sendable () -> Void) {
        let isNow = state.withLock { state in
            if !state.isFull || state.isAbandoned || state.ending != nil { return true }
            state.waiters.append(PushWaiter(body))
            return false
        }
        if isNow { body() }
    }

    // MARK: Consuming

    /// Moves everything to the end of `target`; nothing when the pool refuses it a block.
    func take(into target: inout ByteChain) throws(IOError) -> ReadOutcome {
        let before = target.count
        do throws(BlockPoolError) {
            try state.withLock { (state) throws(BlockPoolError) in try target.append(allOf: &state.chain) }
        } catch {
            throw .bufferUnavailable(error)
        }
        guard target.count > before else { return try outcomeOfNothing() }
        madeRoom()
        return .bytes(target.count - before)
    }

    func copy(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        // A closure can't change a span that was lent to the function, so pieces are taken out and copied outside.
        var piece = ByteChain()
        do throws(BlockPoolError) {
            let room = output.freeCapacity
            piece = try state.withLock { (state) throws(BlockPoolError) in
                try state.chain.takeFirst(min(room, state.chain.count))
            }
        } catch {
            throw .bufferUnavailable(error)
        }
        guard !piece.isEmpty else { return try outcomeOfNothing() }
        let count = piece.count
        while !piece.isEmpty {
            piece.withFirstSegment { bytes in output.append(copying: bytes) }
            piece.removeFirst(piece.firstSegmentCount)
        }
        madeRoom()
        return .bytes(count)
    }

    private func outcomeOfNothing() throws(IOError) -> ReadOutcome {
        try state.withLock { (state) throws(IOError) in
            // A push may have come since.
            guard state.chain.isEmpty, let ending = state.ending else { return .wouldBlock }
            if case .failed(let error) = ending { throw error }
            return .endOfStream
        }
    }

    private func madeRoom() {
        let producers = state.withLock { state -> [PushWaiter] in
            guard state.isFull, state.chain.count <= low else { return [] }
            state.isFull = false
            return state.takeAll(.producer)
        }
        for producer in producers { producer.resume() }
    }

    /// The consumer goes away.
    func abandon() {
        var dropped = ByteChain()
        let waiters = state.withLock { state -> [PushWaiter] in
            state.isAbandoned = true
            swap(&dropped, &state.chain)
            return state.takeAll()
        }
        // Outside the lock: the blocks go back to their pool.
        dropped.removeAll()
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Waiting

    /// Suspends one side until it may get on, at most for `timeout`.
    func wait(_ side: PushWaiter.Side, timeout: Duration) async throws {
        if state.withLock({ $0.mayGoOn(side) }) { return try failIfAbandoned(side) }
        try Task.checkCancellation()
        let waiter = PushWaiter(side)
        let alarm = Timekeeper.shared.schedule(at: Timekeeper.moment(after: timeout)) {
            self.wake(waiter, .timedOut)
        }
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in unsafe enqueue(waiter, continuation) }
        } onCancel: {
            wake(waiter, .cancelled)
        }
        Timekeeper.shared.cancel(alarm)
        switch state.withLock({ _ in waiter.outcome }) {
        case .timedOut: throw IOError.timedOut
        case .cancelled: throw CancellationError()
        default: try failIfAbandoned(side)
        }
    }

    private func failIfAbandoned(_ side: PushWaiter.Side) throws(IOError) {
        if side == .producer, isAbandoned { throw .abandoned }
    }

    private func enqueue(_ waiter: PushWaiter, _ continuation: UnsafeContinuation<Void, Never>) {
        let isOver = state.withLock { state in
            // What is waited for, the deadline or a cancellation may have come first.
            if waiter.outcome != .waiting { return true }
            if state.mayGoOn(waiter.side) {
                waiter.outcome = .ready
                return true
            }
            precondition(
                waiter.side == .producer || !state.waiters.contains { $0.side == .consumer },
                "two tasks wait to read one source")
            unsafe waiter.hold(continuation)
            state.waiters.append(waiter)
            return false
        }
        if isOver { unsafe continuation.resume() }
    }

    private func wake(_ waiter: PushWaiter, _ outcome: PushWaiter.Outcome) {
        let wasFirst = state.withLock { state in
            guard waiter.outcome == .waiting else { return false }
            waiter.outcome = outcome
            state.waiters.removeAll { $0 === waiter }
            return true
        }
        if wasFirst { waiter.resume() }
    }
}

extension PushQueue.State {
    /// Whether a side need not wait: there is something for it, or never will be.
    func mayGoOn(_ side: PushWaiter.Side) -> Bool {
        switch side {
        case .consumer: !chain.isEmpty || ending != nil
        case .producer: !isFull || isAbandoned || ending != nil
        }
    }

    /// Takes those out who wait on one side, or on both; to be resumed after the lock.
    mutating func takeAll(_ side: PushWaiter.Side? = nil) -> [PushWaiter] {
        guard !waiters.isEmpty else { return [] }
        let taken = waiters.filter { side == nil || $0.side == side }
        waiters.removeAll { side == nil || $0.side == side }
        for waiter in taken { waiter.outcome = .ready }
        return taken
    }

    /// The reader that waits, to be resumed after the lock.
    mutating func takeConsumer() -> PushWaiter? {
        guard let index = waiters.firstIndex(where: { $0.side == .consumer }) else { return nil }
        let waiter = waiters.remove(at: index)
        waiter.outcome = .ready
        return waiter
    }
}
