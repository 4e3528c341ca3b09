internal import Synchronization

extension BlockPool {
    /// Gives memory that stays unused back to the kernel, in two generations.
    ///
    /// What is idle now is marked; what was marked by the previous call and has not been used since goes. So two calls
    /// without use in between empty the pool, and what is in steady use stays. Threads that used a size little since
    /// the previous call keep fewer blocks of it from now on.
    ///
    /// `Options.trimInterval` has it called as long as there is something idle; call it where memory is wanted now.
    public func trim() {
        core.trim()
    }
}

extension BlockPoolCore {
    func trim() {
        withState { state in
            recall(&state)
            for index in unsafe state.caches.indices { unsafe calibrate(state.caches[index]) }
            state.depot.age()
        }
    }

    /// Halves the depth of magazines that were used less often than they are deep.
    private func calibrate(_ cache: UnsafeMutablePointer<BlockCache>) {
        for sizeClass in 0..<SizeClass.count {
            let magazine = unsafe cache.magazine(sizeClass)
            let taken = unsafe magazine.pointee.taken.load(ordering: .relaxed)
            if unsafe taken - magazine.pointee.takenAtTrim < magazine.pointee.limit {
                unsafe magazine.pointee.limit = min(
                    deepest(sizeClass), max(Self.initialDepth, magazine.pointee.limit / 2))
            }
            unsafe magazine.pointee.takenAtTrim = taken
        }
    }

    /// Has the pool trimmed after a while, and again as long as it holds something idle. Under the lock.
    func scheduleTrim(_ state: inout State) {
        guard let interval = options.trimInterval, !state.isTrimScheduled, !state.isClosed else { return }
        state.isTrimScheduled = true
        _ = Timekeeper.shared.schedule(at: Timekeeper.moment(after: interval)) { [weak self] in
            self?.trimOnSchedule()
        }
    }

    private func trimOnSchedule() {
        trim()
        withState { state in
            state.isTrimScheduled = false
            if state.depot.idleBytes > 0 { scheduleTrim(&state) }
        }
    }
}
