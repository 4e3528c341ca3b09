/// The part of a pool's runtime that knows the types of its keys and connections: numbers keys, dials, checks, closes.
// Sendable: what is not constant is under the lock.
@usableFromInline
@safe
final class ConnectionPoolCore<Key: Hashable & Sendable, Connection: ~Copyable>: PoolRuntime, @unchecked Sendable {
    @usableFromInline typealias Node = UnsafeMutablePointer<ConnectionNode<Key, Connection>>
    typealias Dial = @Sendable (Key, ConnectionToken) async throws -> sending Connection

    private let executor: (any TaskExecutor)?
    let hooks: ConnectionPoolHooks<Connection>
    private let connect: Dial
    // At an address of its own, like the rest that is under the lock.
    @usableFromInline let keys: UnsafeMutablePointer<KeyTable<Key>>

    init(
        _ options: ConnectionPoolOptions, _ executor: (any TaskExecutor)?, _ clock: PoolClock,
        _ hooks: ConnectionPoolHooks<Connection>, _ connect: @escaping Dial
    ) {
        self.executor = executor
        self.hooks = hooks
        self.connect = connect
        unsafe keys = .allocate(capacity: 1)
        unsafe keys.initialize(to: KeyTable())
        super.init(options, clock, checksOnBorrow: hooks.isUsable != nil)
    }

    deinit {
        unsafe keys.deinitialize(count: 1)
        unsafe keys.deallocate()
    }

    // MARK: Borrowing

    /// Takes the newest idle connection of a key that passes the check; nil if there is none.
    @inlinable
    func takeIdle(_ key: Key) -> Node? {
        while true {
            lock.lock()
            guard let partition = unsafe keys.pointee.number(of: key),
                let index = unsafe shared.pointee.state.takeIdle(partition),
                let head = unsafe shared.pointee.nodes[Int(index)]
            else {
                lock.unlock()
                return nil
            }
            lock.unlock()
            let isUsable = unsafe !checksOnBorrow || passesCheck(head)
            if isUsable {
                unsafe head.pointee.uses &+= 1
                return unsafe ConnectionNode.at(head)
            }
        }
    }

    /// Takes a connection of a key; waits for it if none is idle.
    @inlinable
    func wait(_ key: Key, _ deadline: PoolDeadline) async throws -> Node {
        try Task.checkCancellation()
        var span = span(until: deadline)
        lock.lock()
        var begun = beginAndUnlock(partition(of: key), &span)
        while true {
            guard let head = unsafe Head(bitPattern: try await outcome(of: begun, span)) else {
                preconditionFailure("a wait for a connection ended as one for the end of the pool")
            }
            if unsafe isFit(head, begun) { return unsafe ConnectionNode.at(head) }
            begun = unsafe beginAgain(refusing: head, &span)
        }
    }

    /// The number of a key, which gets one if it has none. Under the lock.
    @inlinable
    func partition(of key: Key) -> Int32 {
        if let number = unsafe keys.pointee.number(of: key) { return number }
        return addPartition(for: key)
    }

    @usableFromInline
    func addPartition(for key: Key) -> Int32 {
        let number = unsafe shared.pointee.state.addPartition()
        unsafe keys.pointee.set(number, for: key)
        return number
    }

    override func forget(partition: Int32) { unsafe keys.pointee.remove(partition) }

    func warm(_ key: Key) {
        event { shared, actions, now in
            // The event holds the lock, and it alone the access to `shared`.
            let number = unsafe keys.pointee.number(of: key)
            let partition = number ?? shared.state.addPartition()
            if number == nil { unsafe keys.pointee.set(partition, for: key) }
            shared.state.warm(partition, now: now, &actions)
        }
    }

    @usableFromInline
    override func isUsable(_ head: Head) -> Bool {
        guard let hook = hooks.isUsable else { return true }
        let node = unsafe ConnectionNode<Key, Connection>.at(head)
        return unsafe hook(&node.pointee.connection)
    }

    /// Whether an idle connection still serves; one that does not is closed.
    @usableFromInline
    func passesCheck(_ head: Head) -> Bool {
        if unsafe isUsable(head) { return true }
        let index = unsafe head.pointee.id.index
        event { shared, actions, now in shared.state.returned(index, closing: .stale, now: now, &actions) }
        return false
    }

    // MARK: Dialling

    override func startDial(_ id: PoolID, partition: Int32) {
        // The key keeps its number while it has a dial under way.
        lock.lock()
        let key = unsafe keys.pointee.keys[Int(partition)]
        lock.unlock()
        // Only a bug in the state machine: it dials for keys that it knows.
        guard let key else { fatalError("key \(partition) has no value") }
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

    private func newNode(_ id: PoolID, _ key: Key, _ connection: consuming sending Connection) -> NodeTransfer {
        let node = Node.allocate(capacity: 1)
        unsafe node.initialize(to: ConnectionNode(NodeHead(self, id), key, connection))
        return unsafe NodeTransfer(ConnectionNode.head(of: node))
    }

    private func ended(_ id: PoolID, _ transfer: NodeTransfer) {
        event { shared, actions, now in
            shared.setDial(nil, id.index)
            unsafe shared.setNode(transfer.head, id.index)
            shared.state.dialed(id, now: now, &actions)
        }
    }

    // MARK: Closing

    override func startClosing(_ transfer: NodeTransfer, inTask: Bool) {
        if !inTask, executor == nil, hooks.close == nil { return close(transfer) }
        _ = Task(executorPreference: executor) { [self] in
            if let hook = hooks.close {
                await closeBy(hook, transfer)
            } else {
                close(transfer)
            }
        }
    }

    private func close(_ transfer: NodeTransfer) {
        let id = unsafe transfer.head.pointee.id
        let node = unsafe ConnectionNode<Key, Connection>.at(transfer.head)
        unsafe node.deinitialize(count: 1)
        closed(id, transfer)
    }

    private func closeBy(
        _ hook: @Sendable (consuming sending Connection) async -> Void, _ transfer: NodeTransfer
    ) async {
        let id = unsafe transfer.head.pointee.id
        await hook(Self.takeConnection(transfer))
        closed(id, transfer)
    }

    private static func takeConnection(_ transfer: NodeTransfer) -> sending Connection {
        // Sound: the pool has let go of the node, and nobody else refers to what is in it.
        nonisolated(unsafe) let node = unsafe ConnectionNode<Key, Connection>.at(transfer.head)
        return unsafe node.move().intoConnection()
    }

    private func closed(_ id: PoolID, _ transfer: NodeTransfer) {
        unsafe ConnectionNode<Key, Connection>.at(transfer.head).deallocate()
        event { shared, actions, _ in shared.state.closed(id, &actions) }
        // The node's own reference.
        unsafe Unmanaged<PoolRuntime>.passUnretained(self).release()
    }
}
