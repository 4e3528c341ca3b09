/// The part of an open connection in memory that is the same for all pools: what it takes to give it back.
@usableFromInline
@safe
struct NodeHead: ~Copyable {
    /// Keeps the pool's runtime alive.
    @usableFromInline let pool: Unmanaged<PoolRuntime>
    @usableFromInline let id: PoolID
    /// How often it was lent out.
    @usableFromInline var uses = 0
    /// The borrower has found it broken.
    @usableFromInline var isUnusable = false

    init(_ pool: PoolRuntime, _ id: PoolID) {
        unsafe self.pool = Unmanaged.passRetained(pool)
        self.id = id
    }
}

/// An open connection in memory. Its head comes first, so that the address of the one is that of the other: the runtime
/// deals in heads, whatever the type of the connections.
@usableFromInline
@safe
struct ConnectionNode<Key: Hashable & Sendable, Connection: ~Copyable>: ~Copyable {
    @usableFromInline var head: NodeHead
    @usableFromInline let key: Key
    /// Its borrower's; the pool's while it is idle.
    @usableFromInline var connection: Connection

    init(_ head: consuming NodeHead, _ key: Key, _ connection: consuming Connection) {
        self.head = head
        self.key = key
        self.connection = connection
    }

    /// Its connection alone; the reference to the pool is the caller's to release.
    consuming func intoConnection() -> Connection { connection }

    @inlinable
    static func at(_ head: UnsafeMutablePointer<NodeHead>) -> UnsafeMutablePointer<ConnectionNode> {
        unsafe UnsafeMutableRawPointer(head).assumingMemoryBound(to: ConnectionNode.self)
    }

    @inlinable
    static func head(of node: UnsafeMutablePointer<ConnectionNode>) -> UnsafeMutablePointer<NodeHead> {
        unsafe UnsafeMutableRawPointer(node).assumingMemoryBound(to: NodeHead.self)
    }
}

/// A connection that goes to another thread or task together with all rights to it.
// Sound: the pool gives a node to one owner at a time, and the sender forgets it.
@safe
@usableFromInline
struct NodeTransfer: @unchecked Sendable {
    let head: UnsafeMutablePointer<NodeHead>

    init(_ head: UnsafeMutablePointer<NodeHead>) {
        unsafe self.head = head
    }
}
