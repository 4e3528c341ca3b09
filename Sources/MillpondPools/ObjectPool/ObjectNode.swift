/// What precedes a pooled object in memory.
///
///     ┌──────┬──────┬──────┬───────┬─────────┐
///     │ next │ core │ slot │ flags │ object  │
///     └──────┴──────┴──────┴───────┴─────────┘
@usableFromInline
@safe
package struct ObjectNode: ~Copyable, Pooling {
    /// The next node of the free list this one is on.
    @usableFromInline var next: UnsafeMutablePointer<ObjectNode>?
    /// The address of the pool's core, which outlives its nodes.
    @usableFromInline let core: UInt
    /// The thread slot of the pool.
    @usableFromInline let slot: UInt32
    /// Whether the pool's reset hook wants to see objects that come back.
    @usableFromInline let needsReset: Bool

    init(core: UInt, slot: UInt32, needsReset: Bool) {
        unsafe self.next = nil
        self.core = core
        self.slot = slot
        self.needsReset = needsReset
    }

    /// Bytes from a node to an object of a type.
    @inlinable
    static func offset<Object: ~Copyable>(of type: Object.Type) -> Int {
        let alignment = MemoryLayout<Object>.alignment
        return (MemoryLayout<ObjectNode>.size + alignment - 1) & ~(alignment - 1)
    }
}

extension UnsafeMutablePointer where Pointee == ObjectNode {
    /// The object of a node, of the pool's type.
    @inlinable
    func object<Object: ~Copyable>(_ type: Object.Type = Object.self) -> UnsafeMutablePointer<Object> {
        unsafe (UnsafeMutableRawPointer(self) + ObjectNode.offset(of: Object.self))
            .assumingMemoryBound(to: Object.self)
    }
}

/// The objects a thread keeps: one magazine behind the gate.
extension UnsafeMutablePointer where Pointee == CacheGate {
    /// The magazine, if this is a gate of an object pool.
    @inlinable
    var objects: UnsafeMutablePointer<Magazine<ObjectNode>> {
        unsafe contents.assumingMemoryBound(to: Magazine<ObjectNode>.self)
    }
}
