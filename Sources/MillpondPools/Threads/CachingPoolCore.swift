internal import CMillpond
internal import Glibc
internal import Synchronization

/// What the pools have in common: a lock, and a cache for each thread that uses the pool.
///
/// A core is what the things of a pool refer to. It lives until the last of them has come back, with or without the
/// pool itself.
@usableFromInline
@safe
package class CachingPoolCore: @unchecked Sendable {
    // Sendable: what is not constant is under the lock, here and in subclasses.
    private static let lastID = Atomic<UInt64>(0)

    let id: UInt64
    @usableFromInline let slot: UInt32
    private let lock = Lock()

    // All under the lock.
    private(set) var gates: [UnsafeMutablePointer<CacheGate>] = unsafe []
    private(set) var isClosed = false
    private var isTrimScheduled = false
    /// Set while threads must come to the pool for everything.
    var isRationed = false

    init() {
        id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        // Without barriers nobody could take things out of another's cache: there are none then.
        slot = millpond_has_barrier_on_all_threads() ? millpond_reserve_slot() : UInt32(MILLPOND_SLOTS)
    }

    deinit {
        millpond_free_slot(slot)
    }

    // MARK: For subclasses to say

    /// Makes an empty cache for the calling thread.
    func makeCache() -> UnsafeMutablePointer<CacheGate> { fatalError("abstract") }
    /// Whether the thread of a cache is in a section of it.
    func isBusy(_ gate: UnsafeMutablePointer<CacheGate>) -> Bool { fatalError("abstract") }
    /// Moves what is in a cache to what all threads share. Under the lock.
    func empty(_ gate: UnsafeMutablePointer<CacheGate>) { fatalError("abstract") }
    /// A cache that has been emptied goes for good. Under the lock.
    func retire(_ gate: UnsafeMutablePointer<CacheGate>) {}
    /// Lets go of everything idle, as the pool is closed. Whether nothing is out. Under the lock.
    func discardIdle() -> Bool { fatalError("abstract") }
    /// One generation of trimming, everything having been recalled. Whether there may be more to trim later. Under the
    /// lock.
    func age() -> Bool { fatalError("abstract") }

    /// Does what had to wait until the lock was released: after trimming, closing, and the end of a thread.
    func settle() {}

    // MARK: Common

    /// Calls `body` under the lock.
    func locked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }

    /// The core as its things and caches name it.
    final var address: UInt { unsafe UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()) }

    /// The cache of this thread, made on first use. Nil when the thread cannot have one.
    final func threadCache() -> UnsafeMutablePointer<CacheGate>? {
        if let entry = unsafe millpond_thread_slot(slot) {
            let gate = unsafe entry.assumingMemoryBound(to: CacheGate.self)
            if unsafe gate.pointee.coreID == id { return unsafe gate }
            // Left over from an earlier pool with this slot number.
            _ = millpond_set_thread_slot(slot, nil)
            unsafe gate.pointee.threadEnded(entry)
        }
        guard slot < MILLPOND_SLOTS else { return nil }
        let gate = unsafe makeCache()
        guard unsafe millpond_set_thread_slot(slot, gate) else {
            unsafe gate.destroy()
            return nil
        }
        let isOpen = locked {
            if !isClosed { unsafe gates.append(gate) }
            return !isClosed
        }
        if isOpen { return unsafe gate }
        _ = millpond_set_thread_slot(slot, nil)
        unsafe gate.destroy()
        return nil
    }

    /// Lets a thread use its cache again. By that thread, under the lock.
    final func admit(_ gate: UnsafeMutablePointer<CacheGate>?) {
        guard let gate = unsafe gate, !isClosed, !isRationed else { return }
        unsafe gate.pointee.owner.store(address, ordering: .relaxed)
    }

    /// Shuts all threads out of their caches and empties them. Under the lock.
    final func recall() {
        guard unsafe !gates.isEmpty else { return }
        for index in unsafe gates.indices { unsafe gates[index].pointee.owner.store(0, ordering: .relaxed) }
        millpond_barrier_on_all_threads()
        for index in unsafe gates.indices {
            // A section is a few instructions long, but its thread may have lost its processor.
            while unsafe isBusy(gates[index]) { sched_yield() }
            unsafe empty(gates[index])
        }
    }

    /// A thread has ended. By that thread, under the registry's lock.
    final func forget(_ gate: UnsafeMutablePointer<CacheGate>) {
        locked {
            unsafe gate.pointee.owner.store(0, ordering: .relaxed)
            unsafe empty(gate)
            unsafe retire(gate)
            unsafe gates.removeAll { unsafe $0 == gate }
        }
    }

    /// The pool has gone: threads keep nothing any more, and things that are out are let go of as they come back.
    final func close() {
        CacheGate.registry.withLock {
            locked {
                isClosed = true
                recall()
                for index in unsafe gates.indices { unsafe gates[index].pointee.core = nil }
                unsafe gates = unsafe []
                // What is out keeps the core alive; the last to come back releases it.
                if !discardIdle() { _ = unsafe Unmanaged.passRetained(self) }
            }
        }
        settle()
    }

    /// The last thing that was out has come back after the pool was closed. Without the lock.
    final func releaseAfterLast() {
        unsafe Unmanaged.passUnretained(self).release()
    }

    // MARK: Trimming

    /// One generation.
    @discardableResult
    final func trim() -> Bool {
        let hasMore = locked {
            if isClosed { return false }
            recall()
            return age()
        }
        settle()
        return hasMore
    }

    /// Has the pool trimmed after `interval`, and again as long as it holds anything. Under the lock.
    final func scheduleTrim(every interval: Duration?) {
        guard let interval, !isTrimScheduled, !isClosed else { return }
        isTrimScheduled = true
        _ = Timekeeper.shared.schedule(at: Timekeeper.moment(after: max(interval, .milliseconds(1)))) { [weak self] in
            guard let self else { return }
            let hasMore = trim()
            locked {
                isTrimScheduled = false
                if hasMore { scheduleTrim(every: interval) }
            }
        }
    }
}
