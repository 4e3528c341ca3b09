/// An object of a pool with one owner. One pointer wide; when the owner lets go of it, the object goes back.
@frozen
@safe
public struct Pooled<Object: ~Copyable & Sendable>: ~Copyable, @unchecked Sendable {
    // Sendable: the pointer is the only reference to the object, which may go anywhere.
    @usableFromInline let node: UnsafeMutablePointer<ObjectNode>

    @inlinable
    init(node: UnsafeMutablePointer<ObjectNode>) {
        unsafe self.node = node
    }

    @inlinable
    deinit {
        unsafe ObjectPool<Object>.putBack(node)
    }

    /// The object.
    @inlinable
    public var value: Object {
        _read { yield unsafe node.object(Object.self).pointee }
        _modify { yield unsafe &node.object(Object.self).pointee }
    }

    /// Destroys the object instead of putting it back: it is broken, or has grown too large.
    @inlinable
    public consuming func discard() {
        let node = unsafe self.node
        discard self
        unsafe ObjectPool<Object>.discard(node)
    }
}
