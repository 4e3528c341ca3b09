internal import CMillpond
internal import Glibc
internal import Synchronization

extension BlockPoolCore {
    /// The cache of this thread for this pool, made on first use. Nil when the thread cannot have one.
    func threadCache() -> UnsafeMutablePointer<BlockCache>? {
        guard options.magazineDepth > 0 else { return nil }
        if let entry = unsafe millpond_thread_slot(slot) {
            let cache = unsafe entry.assumingMemoryBound(to: BlockCache.self)
            if unsafe cache.pointee.isFor(self) { return unsafe cache }
            // Left over from an earlier pool with this slot number, of whatever kind.
            _ = millpond_set_thread_slot(slot, nil)
            unsafe cache.pointee.threadEnded(entry)
        }
        let cache = unsafe UnsafeMutablePointer<BlockCache>.make(for: self)
        guard unsafe millpond_set_thread_slot(slot, cache) else {
            unsafe cache.destroy()
            return nil
        }
        let isOpen = withState { state in
            if !state.isClosed { unsafe state.caches.append(cache) }
            return !state.isClosed
        }
        if isOpen { return unsafe cache }
        _ = millpond_set_thread_slot(slot, nil)
        unsafe cache.destroy()
        return nil
    }

    /// Lets a thread use its magazines again. By that thread, under the lock.
    func admit(_ cache: UnsafeMutablePointer<BlockCache>?, _ state: inout State) {
        guard let cache = unsafe cache, !state.isClosed, state.waiters.isEmpty else { return }
        unsafe cache.pointee.owner.store(address, ordering: .relaxed)
    }

    /// Shuts all threads out of their magazines and moves what they hold to the depot. Under the lock.
    func recall(_ state: inout State) {
        guard unsafe !state.caches.isEmpty else { return }
        for index in unsafe state.caches.indices {
            unsafe state.caches[index].pointee.owner.store(0, ordering: .relaxed)
        }
        millpond_barrier_on_all_threads()
        for index in unsafe state.caches.indices {
            let cache = unsafe state.caches[index]
            // A section is a few instructions long; a thread that is in one may have lost its processor.
            while unsafe cache.pointee.busy.load(ordering: .acquiring) != 0 { sched_yield() }
            unsafe empty(cache, into: &state.depot)
        }
    }

    private func empty(_ cache: UnsafeMutablePointer<BlockCache>, into depot: inout BlockDepot) {
        for sizeClass in 0..<SizeClass.count {
            let magazine = unsafe cache.magazine(sizeClass)
            while let block = unsafe magazine.pointee.pop() { unsafe depot.pushIdle(block) }
        }
    }

    /// A thread has ended: the depot gets what it kept. Under the registry's lock.
    func forget(_ cache: UnsafeMutablePointer<BlockCache>) {
        withState { state in
            unsafe cache.pointee.owner.store(0, ordering: .relaxed)
            unsafe empty(cache, into: &state.depot)
            for sizeClass in 0..<SizeClass.count {
                state.retiredHits[sizeClass] += unsafe UInt64(
                    cache.magazine(sizeClass).pointee.taken.load(ordering: .relaxed))
            }
            unsafe state.caches.removeAll { unsafe $0 == cache }
        }
    }
}

/// The `errno` of the last system call that failed.
func currentErrno() -> Int32 { errno }
