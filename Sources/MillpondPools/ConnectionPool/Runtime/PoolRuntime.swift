/// The runtime of a pool as far as it is the same for all: keeps the state machine behind a lock, and does what it says
/// once the lock is released.
///
/// It is a class without type parameters so that the way of a task that waits is compiled once and for good: generic
/// code in a library looks up the metadata of its types at each call. What does depend on the types, keys, dials,
/// checks and the end of connections, is its subclass's. It lives as long as the pool, a connection or a dial.
@usableFromInline
@safe
class PoolRuntime: @unchecked Sendable {
    // Sendable: what is not constant is under the lock.
    @usableFromInline typealias Head = UnsafeMutablePointer<NodeHead>

    final let options: ConnectionPoolOptions
    final let clock: PoolClock
    /// How long a task waits that names no deadline, in nanoseconds.
    final let standardWait: UInt64
    @usableFromInline final let checksOnBorrow: Bool
    @usableFromInline final let lock = BriefLock()
    // At an address of its own: reached without checks of exclusivity, which the lock makes needless.
    @usableFromInline final let shared: UnsafeMutablePointer<PoolShared>

    init(_ options: ConnectionPoolOptions, _ clock: PoolClock, checksOnBorrow: Bool) {
        self.options = options
        self.clock = clock
        standardWait = options.acquireTimeout.poolNanoseconds
        self.checksOnBorrow = checksOnBorrow
        unsafe shared = .allocate(capacity: 1)
        unsafe shared.initialize(to: PoolShared(PoolState(PoolLimits(options), now: clock.now)))
    }

    deinit {
        unsafe shared.pointee.alarm.cancel()
        unsafe shared.deinitialize(count: 1)
        unsafe shared.deallocate()
    }

    // MARK: What depends on the types

    /// Forgets a key. Under the lock.
    func forget(partition: Int32) { preconditionFailure("a subclass's") }

    /// Dials for a key.
    func startDial(_ id: PoolID, partition: Int32) { preconditionFailure("a subclass's") }

    /// Closes a connection that is in no list any more, on this thread unless there is something against it.
    func startClosing(_ transfer: NodeTransfer, inTask: Bool) { preconditionFailure("a subclass's") }

    /// Whether a connection still serves, as the hook says.
    @usableFromInline
    func isUsable(_ head: Head) -> Bool { preconditionFailure("a subclass's") }

    // MARK: Giving back

    /// Takes a connection back from its borrower.
    @inlinable
    final func putBack(_ head: Head) {
        if unsafe !head.pointee.isUnusable {
            let index = unsafe head.pointee.id.index
            lock.lock()
            let isBack = unsafe shared.pointee.state.putBackQuietly(index)
            lock.unlock()
            if isBack { return }
        }
        unsafe Self.putBackSlowly(head)
    }

    /// Does what there is to do about a connection that came back.
    ///
    /// The node's reference to the runtime ends with the connection, and the pool may end meanwhile: what is left to do
    /// then, a dial say, needs a reference of its own.
    @usableFromInline
    static func putBackSlowly(_ head: Head) {
        let runtime = unsafe head.pointee.pool.takeUnretainedValue()
        let (index, isUnusable) = (unsafe head.pointee.id.index, unsafe head.pointee.isUnusable)
        runtime.event { shared, actions, now in
            shared.state.returned(index, closing: isUnusable ? .discarded : nil, now: now, &actions)
        }
        // Not before all of it is done.
        withExtendedLifetime(runtime) {}
    }

    final func died(_ id: PoolID) {
        event { shared, actions, now in shared.state.died(id, now: now, &actions) }
    }

    final func close() {
        event { shared, actions, now in shared.state.close(now: now, &actions) }
    }

    final func report() -> ConnectionPoolStatistics {
        lock.lock()
        defer { lock.unlock() }
        return unsafe shared.pointee.state.report()
    }

    // MARK: Events

    /// Tells the state machine of something, and does what it answers.
    ///
    /// - Parameter cause: the error, if the event is that something failed.
    @inline(__always)
    final func event(
        cause: (any Error)? = nil, _ tell: (inout PoolShared, inout PoolActions, PoolClock.Moment) -> Void
    ) {
        let now = clock.now
        var effects = PoolEffects()
        lock.lock()
        var actions = PoolActions()
        unsafe tell(&shared.pointee, &actions, now)
        finish(actions, cause, &effects)
        lock.unlock()
        perform(effects)
    }

    /// The end of an event: turns actions into effects, setting the alarm among them. Under the lock.
    final func finish(_ actions: PoolActions, _ cause: (any Error)?, _ effects: inout PoolEffects) {
        actions.forEach { action in
            if case .forget(let partition) = action {
                forget(partition: partition)
            } else {
                unsafe shared.pointee.translate(action, cause, options, &effects)
            }
        }
        effects.alarm = unsafe shared.pointee.alarm.request(at: shared.pointee.state.alarm)
    }

    private final func tick(_ number: UInt64) {
        let now = clock.now
        var effects = PoolEffects()
        lock.lock()
        guard unsafe shared.pointee.alarm.wentOff(number) else { return lock.unlock() }
        var actions = PoolActions()
        unsafe shared.pointee.state.tick(now: now, &actions)
        finish(actions, nil, &effects)
        lock.unlock()
        perform(effects, onClockThread: true)
    }

    private final func setAlarm(_ request: PoolAlarm.Request) {
        let cancel = clock.schedule(at: request.moment) { [weak self] in self?.tick(request.number) }
        lock.lock()
        let old = unsafe shared.pointee.alarm.wasSet(request, cancel)
        lock.unlock()
        old?()
    }

    /// - Parameter onClockThread: whether the thread is the clock's, which all pools share: nothing may hold it up.
    final func perform(_ effects: PoolEffects, onClockThread: Bool = false) {
        if let request = effects.alarm { setAlarm(request) }
        effects.forEach { effect in
            switch effect {
            case .resume(let continuation, let head): unsafe continuation.resume(returning: head)
            case .fail(let continuation, let error): unsafe continuation.resume(throwing: error)
            case .dial(let id, let partition): startDial(id, partition: partition)
            case .cancel(let task): task.cancel()
            case .close(let transfer): startClosing(transfer, inTask: onClockThread)
            }
        }
    }
}
