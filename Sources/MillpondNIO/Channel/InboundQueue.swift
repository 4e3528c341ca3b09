internal import MillpondIO
internal import MillpondPools
internal import NIOCore
internal import Synchronization

/// The bytes between a channel's event loop and a reader's task, and who waits for what.
final class InboundQueue: Sendable {
    typealias Continuation = UnsafeContinuation<Void, any Error>

    @safe
    private enum Wait {
        /// Nobody waits; waits up to this number have ended already, with this error.
        case idle(ended: UInt64, any Error)
        case parked(UInt64, Continuation)
    }

    private struct State: ~Copyable {
        var chain: ByteChain
        var isEnded = false
        /// Why it ended, if not plainly.
        var failure: MillpondIO.IOError?
        var wait = Wait.idle(ended: 0, CancellationError())
        var onRoom: (@Sendable () -> Void)?
        /// Whether the channel was told that there is no room.
        var isHeldBack = false
        var isAbandoned = false
        var hasHandler = false
        var hasSource = false

        /// Whether further bytes would only be dropped.
        var isUseless: Bool { isAbandoned || failure != nil }

        /// Who is to be told that bytes or the end have come.
        mutating func takeWaiter() -> Continuation? {
            guard case .parked(_, let continuation) = wait else { return nil }
            unsafe wait = .idle(ended: 0, CancellationError())
            return unsafe continuation
        }
    }

    private let state: Mutex<State>
    private let highWater: Int
    let timeout: Duration

    init(highWater: Int, timeout: Duration, pool: BlockPool) {
        self.highWater = highWater
        self.timeout = timeout
        state = Mutex(State(chain: ByteChain(pool: pool)))
    }

    func claimHandler() -> Bool {
        state.withLock { state in
            defer { state.hasHandler = true }
            return !state.hasHandler
        }
    }

    func claimSource() -> Bool {
        state.withLock { state in
            defer { state.hasSource = true }
            return !state.hasSource
        }
    }
}

/// The channel's side.
extension InboundQueue {
    /// What to call, on any thread, when a channel that was held back may be read again.
    func onRoom(_ call: @escaping @Sendable () -> Void) {
        state.withLock { $0.onRoom = call }
    }

    /// Whether the channel should be asked for more. After `false`, `onRoom` is called when it should again, if ever.
    var hasRoom: Bool {
        state.withLock { state in
            state.isHeldBack = state.isUseless || state.chain.count >= highWater
            return !state.isHeldBack
        }
    }

    func push(_ buffer: ByteBuffer) {
        guard buffer.readableBytes > 0 else { return }
        let waiter = unsafe state.withLock { state -> Continuation? in
            guard !state.isEnded, !state.isAbandoned else { return nil }
            do throws(BlockPoolError) {
                try state.chain.append(buffer)
            } catch {
                // A gap would be worse than an end.
                state.isEnded = true
                state.failure = .bufferUnavailable(error)
            }
            return unsafe state.takeWaiter()
        }
        unsafe waiter?.resume()
    }

    /// Ends the stream behind what was pushed. Only the first end counts.
    func finish(_ failure: MillpondIO.IOError?) {
        let waiter = unsafe state.withLock { state -> Continuation? in
            state.onRoom = nil
            guard !state.isEnded else { return nil }
            state.isEnded = true
            state.failure = failure
            return unsafe state.takeWaiter()
        }
        unsafe waiter?.resume()
    }
}

/// The reader's side.
extension InboundQueue {
    var isReadable: Bool { state.withLock { !$0.chain.isEmpty || $0.isEnded } }

    func read(into output: inout OutputRawSpan) throws(MillpondIO.IOError) -> ReadOutcome {
        let before = output.byteCount
        let (failure, isEnded, onRoom) = state.withLock { state in
            while !state.chain.isEmpty, !output.isFull {
                let count = min(state.chain.firstSegmentCount, output.freeCapacity)
                state.chain.withFirstSegment { output.append(copying: $0.extracting(first: count)) }
                state.chain.removeFirst(count)
            }
            let isOver = state.isEnded && state.chain.isEmpty
            return (isOver ? state.failure : nil, isOver, room(&state))
        }
        onRoom?()
        if output.byteCount > before { return .bytes(output.byteCount - before) }
        if let failure { throw failure }
        return isEnded ? .endOfStream : .wouldBlock
    }

    func takeAll() -> ByteChain {
        var taken = ByteChain()
        let onRoom = state.withLock { state in
            taken = state.chain.takeAll()
            return room(&state)
        }
        onRoom?()
        return taken
    }

    /// What to call, outside the lock, when a channel that was held back should be read again.
    private func room(_ state: inout State) -> (@Sendable () -> Void)? {
        guard state.isHeldBack, !state.isUseless, state.chain.count <= highWater / 2 else { return nil }
        state.isHeldBack = false
        return state.onRoom
    }

    /// Resumes `continuation` when there is something to read; at once if there is, or if the wait has ended already.
    func park(_ wait: UInt64, _ continuation: Continuation) {
        let now = state.withLock { state -> Result<Void, any Error>? in
            if case .idle(let ended, let error) = state.wait, ended >= wait { return .failure(error) }
            if !state.chain.isEmpty || state.isEnded { return .success(()) }
            unsafe state.wait = .parked(wait, continuation)
            return nil
        }
        if let now { unsafe continuation.resume(with: now) }
    }

    /// Ends a wait that may not have begun: a deadline passed, or the task was cancelled.
    func endWait(_ wait: UInt64, _ error: any Error) {
        let waiter = unsafe state.withLock { state -> Continuation? in
            switch state.wait {
            case .parked(wait, let continuation):
                unsafe state.wait = .idle(ended: wait, error)
                return unsafe continuation
            case .idle(let ended, _) where ended < wait:
                unsafe state.wait = .idle(ended: wait, error)
                return nil
            default:
                return nil
            }
        }
        unsafe waiter?.resume(throwing: error)
    }

    /// Nobody will read any more.
    func abandon() {
        let left = state.withLock { state in
            state.isAbandoned = true
            state.onRoom = nil
            return state.chain.takeAll()
        }
        _ = consume left
    }
}
