internal import Synchronization

/// The part of an object pool that objects refer to. Sendable: what is not constant is under the lock.
@usableFromInline
@safe
package final class ObjectPoolCore<Object: ~Copyable>: CachingPoolCore, @unchecked Sendable {
    @usableFromInline let options: ObjectPoolOptions
    @usableFromInline let make: @Sendable () -> sending Object
    @usableFromInline let reset: (@Sendable (inout Object) -> Bool)?

    // All under the lock.
    private var fresh = IdleList<ObjectNode>()
    private var stale = IdleList<ObjectNode>()
    /// Objects to be destroyed once the lock is released: their deinitialisers may use the pool.
    private var doomed = IdleList<ObjectNode>()
    /// Objects that exist.
    private var count = 0
    private var reuses: UInt64 = 0
    private var makes: UInt64 = 0
    private var retiredHits: UInt64 = 0

    init(
        _ options: ObjectPoolOptions, _ make: @escaping @Sendable () -> sending Object,
        _ reset: (@Sendable (inout Object) -> Bool)?
    ) {
        self.options = options
        self.make = make
        self.reset = reset
        super.init()
    }

    static func at(_ address: UInt) -> ObjectPoolCore {
        // Sound: nodes name a core only as long as it lives, and are of its type.
        unsafe Unmanaged.fromOpaque(UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped).takeUnretainedValue()
    }

    // MARK: Taking and putting back

    /// Takes an object when the thread has none of its own: one that another thread left, or a new one.
    @usableFromInline
    @inline(never)
    func take() -> UnsafeMutablePointer<ObjectNode> {
        let cache = unsafe options.perThread > 0 ? threadCache() : nil
        let idle = unsafe locked { () -> UnsafeMutablePointer<ObjectNode>? in
            unsafe admit(cache)
            guard let node = unsafe popIdle() else {
                count += 1
                makes += 1
                scheduleTrim(every: options.trimInterval)
                return nil
            }
            reuses += 1
            if let cache = unsafe cache {
                for _ in 0..<(options.perThread / 2) {
                    // Not from the stale ones: those are to go unless someone needs them.
                    guard let more = unsafe fresh.pop() else { break }
                    unsafe cache.objects.pointee.push(more)
                }
            }
            return unsafe node
        }
        if let idle = unsafe idle { return unsafe idle }
        // Without the lock: the factory may take its time, or use the pool.
        let offset = ObjectNode.offset(of: Object.self)
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: offset + MemoryLayout<Object>.size,
            alignment: max(MemoryLayout<Object>.alignment, MemoryLayout<ObjectNode>.alignment))
        let node = unsafe memory.bindMemory(to: ObjectNode.self, capacity: 1)
        unsafe node.initialize(to: ObjectNode(core: address, slot: slot, needsReset: reset != nil))
        let object = unsafe (memory + offset).bindMemory(to: Object.self, capacity: 1)
        unsafe object.initialize(to: make())
        return unsafe node
    }

    /// Puts an object back when the thread cannot keep it just so.
    @usableFromInline
    @inline(never)
    func putBack(_ node: UnsafeMutablePointer<ObjectNode>) {
        let cache = unsafe options.perThread > 0 ? threadCache() : nil
        locked {
            unsafe admit(cache)
            guard let cache = unsafe cache, !isClosed else {
                unsafe keep(node)
                return
            }
            if unsafe cache.objects.pointee.count >= options.perThread {
                for _ in 0..<(options.perThread + 1) / 2 {
                    guard let other = unsafe cache.objects.pointee.pop() else { break }
                    unsafe keep(other)
                }
            }
            unsafe cache.objects.pointee.push(node)
        }
        settle()
    }

    /// Destroys an object instead of putting it back.
    @usableFromInline
    @inline(never)
    func discard(_ node: UnsafeMutablePointer<ObjectNode>) {
        locked { unsafe doomed.push(node) }
        settle()
    }

    /// Destroys what is doomed, and after the pool was closed the core with the last object.
    override func settle() {
        let list = locked {
            let list = doomed
            doomed = IdleList()
            return list
        }
        if list.count == 0 { return }
        var rest = list
        while let node = unsafe rest.pop() {
            unsafe node.object(Object.self).deinitialize(count: 1)
            unsafe node.deinitialize(count: 1)
            unsafe UnsafeMutableRawPointer(node).deallocate()
        }
        let isLast = locked {
            count -= list.count
            return isClosed && count == 0
        }
        if isLast { releaseAfterLast() }
    }

    private func popIdle() -> UnsafeMutablePointer<ObjectNode>? {
        unsafe fresh.pop() ?? stale.pop()
    }

    /// Keeps an idle object for all threads, unless there are enough. Under the lock; `settle` is due.
    private func keep(_ node: UnsafeMutablePointer<ObjectNode>) {
        guard !isClosed, fresh.count + stale.count < options.retained else {
            unsafe doomed.push(node)
            return
        }
        unsafe fresh.push(node)
    }

    // MARK: Caches

    override func makeCache() -> UnsafeMutablePointer<CacheGate> {
        let gate = unsafe UnsafeMutablePointer<CacheGate>.make(for: self)
        unsafe gate.objects.initialize(to: Magazine(limit: max(0, options.perThread)))
        return unsafe gate
    }

    override func isBusy(_ gate: UnsafeMutablePointer<CacheGate>) -> Bool {
        unsafe gate.objects.pointee.isBusy
    }

    override func empty(_ gate: UnsafeMutablePointer<CacheGate>) {
        while let node = unsafe gate.objects.pointee.pop() { unsafe keep(node) }
    }

    override func retire(_ gate: UnsafeMutablePointer<CacheGate>) {
        retiredHits += unsafe gate.objects.pointee.uses
    }

    override func discardIdle() -> Bool {
        while let node = unsafe popIdle() { unsafe doomed.push(node) }
        return count == 0
    }

    override func age() -> Bool {
        while let node = unsafe stale.pop() { unsafe doomed.push(node) }
        swap(&fresh, &stale)
        return count > 0
    }

    func statistics() -> ObjectPoolStatistics {
        locked {
            var statistics = ObjectPoolStatistics(
                hits: retiredHits + reuses, misses: makes, outstanding: count, idle: fresh.count + stale.count)
            for index in unsafe gates.indices {
                let magazine = unsafe gates[index].objects
                statistics.hits += unsafe magazine.pointee.uses
                statistics.idle += unsafe magazine.pointee.count
            }
            statistics.outstanding = max(0, statistics.outstanding - statistics.idle)
            return statistics
        }
    }
}
