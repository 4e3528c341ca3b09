/// The runtime of a pool: keeps the state machine behind a lock, and does what it says once the lock is released.
///
/// It lives as long as the pool, a connection or a dial.
@usableFromInline
@safe
final class ConnectionPoolCore<Key: Hashable & Sendable, Connection: ~Copyable>: TokenOwner, @unchecked Sendable {
    // Sendable: what is not constant is under the lock.
    @usableFromInline typealias Node = UnsafeMutablePointer<ConnectionNode<Key, Connection>>
    typealias Dial = @Sendable (Key, ConnectionToken) async throws -> sending Connection

    let options: ConnectionPoolOptions
    let clock: PoolClock
    let executor: (any TaskExecutor)?
    let hooks: ConnectionPoolHooks<Connection>
    private let connect: Dial
    @usableFromInline let checksOnBorrow: Bool
    @usableFromInline let lock = BriefLock()
    // At an address of its own: reached without checks of exclusivity, which the lock makes needless.
    @usableFromInline let shared: UnsafeMutablePointer<PoolShared<Key, Connection>>

    init(
        _ options: ConnectionPoolOptions, _ executor: (any TaskExecutor)?, _ clock: PoolClock,
        _ hooks: ConnectionPoolHooks<Connection>, _ connect: @escaping Dial
    ) {
        self.options = options
        self.clock = clock
        self.executor = executor
        self.hooks = hooks
        self.connect = connect
        checksOnBorrow = hooks.isUsable != nil
        unsafe shared = .allocate(capacity: 1)
        unsafe shared.initialize(to: PoolShared(PoolState(PoolLimits(options), now: clock.now)))
    }

    deinit {
        unsafe shared.pointee.cancelAlarm?()
        unsafe shared.deinitialize(count: 1)
        unsafe shared.deallocate()
    }

    // MARK: The fast path

    /// Takes the newest idle connection of a key that passes the check; nil if there is none.
    @inlinable
    func takeIdle(_ key: Key) -> Node? {
        while true {
            lock.lock()
            guard let partition = unsafe shared.pointee.keys.number(of: key),
                let index = unsafe shared.pointee.state.takeIdle(partition),
                let node = unsafe shared.pointee.nodes[Int(index)]
            else {
                lock.unlock()
                return nil
            }
            lock.unlock()
            let isUsable = unsafe !checksOnBorrow || passesCheck(node)
            if isUsable {
                unsafe node.pointee.uses &+= 1
                return unsafe node
            }
        }
    }

    /// Takes a connection back from its borrower.
    @inlinable
    func putBack(_ node: Node) {
        if unsafe !node.pointee.isUnusable {
            let index = unsafe node.pointee.id.index
            lock.lock()
            let isBack = unsafe shared.pointee.state.putBackQuietly(index)
            lock.unlock()
            if isBack { return }
        }
        unsafe putBackSlowly(node)
    }

    @usableFromInline
    func putBackSlowly(_ node: Node) {
        let (id, isUnusable) = (unsafe node.pointee.id, unsafe node.pointee.isUnusable)
        event { shared, actions, now in
            shared.state.returned(id.index, closing: isUnusable ? .discarded : nil, now: now, &actions)
        }
    }

    /// Whether an idle connection still serves; one that does not is closed.
    @usableFromInline
    func passesCheck(_ node: Node) -> Bool {
        guard let isUsable = hooks.isUsable, unsafe !isUsable(&node.pointee.connection) else { return true }
        let id = unsafe node.pointee.id
        event { shared, actions, now in shared.state.returned(id.index, closing: .stale, now: now, &actions) }
        return false
    }

    // MARK: Events

    /// Tells the state machine of something, and does what it answers.
    ///
    /// - Parameter cause: the error, if the event is that something failed.
    func event(cause: (any Error)? = nil, _ tell: (inout PoolShared<Key, Connection>, inout PoolActions, PoolClock.Moment) -> Void) {
        let now = clock.now
        var effects = PoolEffects<Key, Connection>()
        lock.lock()
        var actions = PoolActions()
        unsafe tell(&shared.pointee, &actions, now)
        finish(actions, cause, &effects)
        lock.unlock()
        perform(effects)
    }

    /// The end of an event: turns actions into effects, and sets the alarm. Under the lock.
    func finish(_ actions: PoolActions, _ cause: (any Error)?, _ effects: inout PoolEffects<Key, Connection>) {
        actions.forEach { unsafe shared.pointee.translate($0, cause, options, &effects) }
        let wanted = unsafe shared.pointee.state.alarm
        guard unsafe wanted < shared.pointee.armed else { return }
        unsafe shared.pointee.armed = wanted
        unsafe shared.pointee.cancelAlarm?()
        unsafe shared.pointee.cancelAlarm = clock.schedule(at: wanted) { [weak self] in self?.tick() }
    }

    private func tick() {
        let now = clock.now
        var effects = PoolEffects<Key, Connection>()
        lock.lock()
        unsafe shared.pointee.armed = .max
        unsafe shared.pointee.cancelAlarm = nil
        var actions = PoolActions()
        unsafe shared.pointee.state.tick(now: now, &actions)
        finish(actions, nil, &effects)
        lock.unlock()
        perform(effects)
    }

    func perform(_ effects: PoolEffects<Key, Connection>) {
        effects.forEach { effect in
            switch effect {
            case .resume(let continuation, let node): unsafe continuation.resume(returning: node)
            case .dial(let id, let key): startDial(id, key)
            case .cancel(let task): task.cancel()
            case .close(let transfer): startClosing(transfer)
            }
        }
    }

    override func died(_ id: PoolID) {
        event { shared, actions, now in shared.state.died(id, now: now, &actions) }
    }

    // MARK: Dialling

    private func startDial(_ id: PoolID, _ key: Key) {
        let task = Task(executorPreference: executor) { [self] in await dial(id, key) }
        lock.lock()
        let (isUnderWay, isUnwanted) = unsafe shared.pointee.state.dialStatus(id)
        if isUnderWay { unsafe shared.pointee.setDial(task, id.index) }
        lock.unlock()
        if isUnderWay, isUnwanted { task.cancel() }
    }

    private func dial(_ id: PoolID, _ key: Key) async {
        do {
            let connection = try await connect(key, ConnectionToken(self, id))
            ended(id, newNode(id, key, connection))
        } catch {
            event(cause: error) { shared, actions, now in
                shared.setDial(nil, id.index)
                shared.state.dialFailed(id, now: now, &actions)
            }
        }
    }

    private func newNode(
        _ id: PoolID, _ key: Key, _ connection: consuming sending Connection
    ) -> NodeTransfer<Key, Connection> {
        let node = Node.allocate(capacity: 1)
        unsafe node.initialize(to: ConnectionNode(self, id, key, connection))
        return unsafe NodeTransfer(node)
    }

    private func ended(_ id: PoolID, _ transfer: NodeTransfer<Key, Connection>) {
        event { shared, actions, now in
            shared.setDial(nil, id.index)
            unsafe shared.setNode(transfer.node, id.index)
            shared.state.dialed(id, now: now, &actions)
        }
    }

    // MARK: Closing

    private func startClosing(_ transfer: NodeTransfer<Key, Connection>) {
        if executor == nil, hooks.close == nil { return close(transfer) }
        _ = Task(executorPreference: executor) { [self] in
            if let hook = hooks.close {
                await closeBy(hook, transfer)
            } else {
                close(transfer)
            }
        }
    }

    private func close(_ transfer: NodeTransfer<Key, Connection>) {
        let id = unsafe transfer.node.pointee.id
        unsafe transfer.node.deinitialize(count: 1)
        closed(id, transfer)
    }

    private func closeBy(
        _ hook: @Sendable (consuming sending Connection) async -> Void, _ transfer: NodeTransfer<Key, Connection>
    ) async {
        let id = unsafe transfer.node.pointee.id
        await hook(Self.takeConnection(transfer))
        closed(id, transfer)
    }

    private static func takeConnection(_ transfer: NodeTransfer<Key, Connection>) -> sending Connection {
        // Sound: the pool has let go of the node, and nobody else refers to what is in it.
        nonisolated(unsafe) let node = unsafe transfer.node
        return unsafe node.move().intoConnection()
    }

    private func closed(_ id: PoolID, _ transfer: NodeTransfer<Key, Connection>) {
        unsafe transfer.node.deallocate()
        event { shared, actions, _ in shared.state.closed(id, &actions) }
        // The node's own reference.
        unsafe Unmanaged.passUnretained(self).release()
    }
}
