import MillpondPools

/// The other side in tests of connection pools: counts what is opened and closed, and answers dials when told to.
// Sound: everything that changes is under the lock.
final class Peers: @unchecked Sendable {
    struct Refused: Error, Equatable { let number: Int }

    @safe
    private struct Pending {
        let number: Int
        let continuation: UnsafeContinuation<Bool, Never>
    }

    private let lock = Lock()
    private let isManual: Bool
    private var pending: [Pending] = []
    private var cancelled: Set<Int> = []
    private var dialled = 0
    private var openCount = 0
    private var closedCount = 0
    private var mostOpen = 0
    private var tokens: [Int: ConnectionToken] = [:]

    /// - Parameter isManual: whether dials wait for `answer`, instead of succeeding at once.
    init(isManual: Bool = false) { self.isManual = isManual }

    var dials: Int { lock.withLock { dialled } }
    var pendingCount: Int { lock.withLock { pending.count } }
    var open: Int { lock.withLock { openCount } }
    var closed: Int { lock.withLock { closedCount } }
    var mostOpenAtOnce: Int { lock.withLock { mostOpen } }

    /// Tells the pool that a connection, by its number from 1, has died.
    func kill(_ number: Int) { lock.withLock { tokens[number] }?.connectionDied() }

    /// Lets the oldest pending dial succeed or fail.
    func answer(_ succeeds: Bool) {
        let first = lock.withLock { pending.isEmpty ? nil : pending.removeFirst() }
        if let first { unsafe first.continuation.resume(returning: succeeds) }
    }

    func dial(_ token: ConnectionToken) async throws -> PeerConnection {
        let number = lock.withLock {
            dialled += 1
            tokens[dialled] = token
            return dialled
        }
        if isManual {
            let succeeds = await withTaskCancellationHandler {
                await unsafe withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
                    let isCancelled = lock.withLock {
                        if cancelled.contains(number) { return true }
                        unsafe pending.append(Pending(number: number, continuation: continuation))
                        return false
                    }
                    if isCancelled { unsafe continuation.resume(returning: false) }
                }
            } onCancel: {
                cancel(number)
            }
            try Task.checkCancellation()
            if !succeeds { throw Refused(number: number) }
        }
        return PeerConnection(self, number)
    }

    private func cancel(_ number: Int) {
        let found = lock.withLock { () -> Pending? in
            cancelled.insert(number)
            return pending.firstIndex { $0.number == number }.map { pending.remove(at: $0) }
        }
        if let found { unsafe found.continuation.resume(returning: false) }
    }

    fileprivate func opened() {
        lock.withLock {
            openCount += 1
            mostOpen = max(mostOpen, openCount)
        }
    }

    fileprivate func ended() {
        lock.withLock {
            openCount -= 1
            closedCount += 1
        }
    }
}

/// A connection that tells its peer when it ends.
struct PeerConnection: ~Copyable, Sendable {
    let number: Int
    var requests = 0
    private let peers: Peers

    init(_ peers: Peers, _ number: Int) {
        self.peers = peers
        self.number = number
        peers.opened()
    }

    deinit { peers.ended() }
}

typealias PeerPool = ConnectionPool<String, PeerConnection>

extension PeerPool {
    /// A pool of connections to `peers`.
    convenience init(
        _ peers: Peers, _ options: ConnectionPoolOptions = ConnectionPoolOptions(), _ time: ManualClock = ManualClock(),
        hooks: ConnectionPoolHooks<PeerConnection> = ConnectionPoolHooks()
    ) {
        self.init(options, clock: time.clock, hooks: hooks) { _, token in try await peers.dial(token) }
    }

    func hasIdle(_ key: String) -> Bool {
        let lease = tryAcquire(for: key)
        return lease != nil
    }

    /// What comes of borrowing a connection and giving it back at once: its number, or what was thrown.
    func outcome(_ key: String = "a", deadline: PoolDeadline = .standard) async -> String {
        do {
            let lease = try await acquire(for: key, deadline: deadline)
            return "\(lease.connection.number)"
        } catch is CancellationError {
            return "cancelled"
        } catch let error as ConnectionPoolError {
            if let refused = error.cause as? Peers.Refused { return "refused \(refused.number)" }
            return error.isTimedOut ? "timed out" : error.isClosed ? "closed" : "\(error)"
        } catch {
            return "unknown"
        }
    }
}
