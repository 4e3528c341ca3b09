/// A connection of a pool with one owner: one pointer wide. When the owner lets go of it, it goes back.
///
/// It cannot be copied, so it cannot be put back twice, nor used by two.
@frozen
@safe
public struct PooledConnection<Key: Hashable & Sendable, Connection: ~Copyable & Sendable>: ~Copyable,
    // Sendable: the pointer is the only reference to the connection, which may go anywhere.
    @unchecked Sendable
{
    @usableFromInline let node: UnsafeMutablePointer<ConnectionNode<Key, Connection>>

    @inlinable
    init(node: UnsafeMutablePointer<ConnectionNode<Key, Connection>>) {
        unsafe self.node = node
    }

    @inlinable
    deinit {
        unsafe ConnectionNode.putBack(node)
    }

    /// The connection.
    @inlinable
    public var connection: Connection {
        _read { yield unsafe node.pointee.connection }
        _modify { yield unsafe &node.pointee.connection }
    }

    /// What it is connected to.
    public var key: Key { unsafe node.pointee.key }

    /// Whether it was lent out before: a request that failed on it may have found it dead, and may be worth a retry.
    @inlinable
    public var isReused: Bool { unsafe node.pointee.head.uses > 1 }

    /// Has it closed when it comes back: it is broken, or nobody knows where its protocol stands.
    @inlinable
    public mutating func markUnusable() { unsafe node.pointee.head.isUnusable = true }

    /// Closes it now instead of giving it back.
    @inlinable
    public consuming func discard() {
        unsafe node.pointee.head.isUnusable = true
    }

    /// Gives it back, as its end does.
    @inlinable
    public consuming func giveBack() {}
}

extension ConnectionNode where Connection: ~Copyable {
    @inlinable
    static func putBack(_ node: UnsafeMutablePointer<ConnectionNode>) {
        let head = unsafe head(of: node)
        unsafe head.pointee.pool._withUnsafeGuaranteedRef { unsafe $0.putBack(head) }
    }
}
