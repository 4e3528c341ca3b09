/// An open connection in memory, with what a lease needs to give it back. It keeps the pool's core alive.
@usableFromInline
@safe
struct ConnectionNode<Key: Hashable & Sendable, Connection: ~Copyable>: ~Copyable {
    @usableFromInline let core: Unmanaged<ConnectionPoolCore<Key, Connection>>
    @usableFromInline let id: PoolID
    @usableFromInline let key: Key
    /// Its borrower's; the pool's while it is idle.
    @usableFromInline var connection: Connection
    /// How often it was lent out.
    @usableFromInline var uses = 0
    /// The borrower has found it broken.
    @usableFromInline var isUnusable = false

    init(_ core: ConnectionPoolCore<Key, Connection>, _ id: PoolID, _ key: Key, _ connection: consuming Connection) {
        unsafe self.core = Unmanaged.passRetained(core)
        self.id = id
        self.key = key
        self.connection = connection
    }

    /// Its connection alone; the reference to the core is the caller's to release.
    consuming func intoConnection() -> Connection { connection }
}

/// A node that goes to another thread or task together with all rights to it.
// Sound: the pool gives a node to one owner at a time, and the sender forgets it.
@safe
struct NodeTransfer<Key: Hashable & Sendable, Connection: ~Copyable>: @unchecked Sendable {
    let node: UnsafeMutablePointer<ConnectionNode<Key, Connection>>

    init(_ node: UnsafeMutablePointer<ConnectionNode<Key, Connection>>) {
        unsafe self.node = node
    }
}
