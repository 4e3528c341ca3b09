extension BlockPool {
    /// Gives memory that stays unused back to the kernel, in two generations.
    ///
    /// What is idle now is marked; what was marked by the previous call and has not been used since goes. So two calls
    /// without use in between empty the pool, and what is in steady use stays. Threads that used a size little since
    /// the previous call keep fewer blocks of it from now on.
    ///
    /// `Options.trimInterval` has it called as long as the pool holds memory; call it where memory is wanted now.
    public func trim() {
        core.trim()
    }
}
