public import CMillpond

/// A pool of objects that are dear to make: parsers, encoders, scratch space.
///
/// An object is looked for with the thread itself, then among those that any thread has left, then among those about
/// to be let go, and is made if there is none. It goes back the same way when its user is done with it; `reset` sees
/// it first, and may refuse it. What stays idle for two generations of `trim` is destroyed.
///
/// There is no `put`: `withObject` lends an object for a scope, and `take` gives out an owner whose end puts it back.
/// Objects may be put back on any thread, and may outlive the pool.
public final class ObjectPool<Object: ~Copyable>: Sendable {
    @usableFromInline let core: ObjectPoolCore<Object>
    @usableFromInline let coreAddress: UInt
    @usableFromInline let slot: UInt32

    /// Makes an empty pool.
    ///
    /// - Parameters:
    ///   - options: how much is kept.
    ///   - make: makes an object when none is idle. It may use the pool.
    ///   - reset: readies an object that comes back for its next user; false if it is not worth keeping.
    public init(
        _ options: ObjectPoolOptions = ObjectPoolOptions(),
        make: @escaping @Sendable () -> sending Object,
        reset: (@Sendable (inout Object) -> Bool)? = nil
    ) {
        core = ObjectPoolCore(options, make, reset)
        coreAddress = core.address
        slot = core.slot
    }

    deinit {
        core.close()
    }

    /// Lends an object to `body`. Nothing of it may be kept: it has another user afterwards.
    @inlinable
    public func withObject<Result: ~Copyable, Failure: Error>(
        _ body: (inout Object) throws(Failure) -> Result
    ) throws(Failure) -> Result where Object: Sendable {
        let node = unsafe takeNode()
        defer { unsafe ObjectPool.putBack(node) }
        return try unsafe body(&node.object(Object.self).pointee)
    }

    /// Lends an object that is not `Sendable` to `body`. The compiler checks that nothing of it is kept.
    @inlinable
    public func withObject<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Object) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        let node = unsafe takeNode()
        defer { unsafe ObjectPool.putBack(node) }
        // Sound: the object was alone in its region when it was put here, and `body` leaves it so.
        nonisolated(unsafe) let object = unsafe node.object(Object.self)
        return try unsafe body(&object.pointee)
    }

    /// Takes an object; it goes back when the result ends.
    @inlinable
    public func take() -> Pooled<Object> where Object: Sendable {
        unsafe Pooled(node: takeNode())
    }

    /// Lets go of objects that stay idle, in two generations as `BlockPool.trim` does.
    public func trim() {
        core.trim()
    }

    /// What the pool has done so far and holds now.
    public func statistics() -> ObjectPoolStatistics {
        core.statistics()
    }

    @inlinable
    func takeNode() -> UnsafeMutablePointer<ObjectNode> {
        if let entry = unsafe millpond_thread_slot(slot) {
            let gate = unsafe entry.assumingMemoryBound(to: CacheGate.self)
            if let node = unsafe gate.objects.take(gate, coreAddress) { return unsafe node }
        }
        return unsafe core.take()
    }

    @inlinable
    static func putBack(_ node: UnsafeMutablePointer<ObjectNode>) {
        if unsafe node.pointee.needsReset, unsafe !resets(node) {
            unsafe discard(node)
            return
        }
        if let entry = unsafe millpond_thread_slot(node.pointee.slot) {
            let gate = unsafe entry.assumingMemoryBound(to: CacheGate.self)
            if unsafe gate.objects.put(node, gate, node.pointee.core) { return }
        }
        unsafe putBackSlowly(node)
    }

    /// Calls the hook. Whether the object is to be kept.
    @usableFromInline
    static func resets(_ node: UnsafeMutablePointer<ObjectNode>) -> Bool {
        let core = unsafe ObjectPoolCore<Object>.at(node.pointee.core)
        return unsafe core.reset?(&node.object(Object.self).pointee) ?? true
    }

    @usableFromInline
    static func putBackSlowly(_ node: UnsafeMutablePointer<ObjectNode>) {
        unsafe ObjectPoolCore<Object>.at(node.pointee.core).putBack(node)
    }

    @usableFromInline
    static func discard(_ node: UnsafeMutablePointer<ObjectNode>) {
        unsafe ObjectPoolCore<Object>.at(node.pointee.core).discard(node)
    }
}
