internal import Synchronization

extension BlockPool {
    /// Gives memory that stays unused back to the kernel, in two generations.
    ///
    /// What is idle now is marked; what was marked by the previous call and has not been used since goes. So two calls
    /// without use in between empty the pool, and what is in steady use stays. Call it every few seconds or minutes.
    public func trim() {
        core.trim()
    }
}

extension BlockPoolCore {
    func trim() {
        withState { state in
            recall(&state)
            state.depot.age()
        }
    }
}
