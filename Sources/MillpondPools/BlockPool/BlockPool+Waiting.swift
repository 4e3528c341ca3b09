extension BlockPool {
    /// Takes a block, and at the limit does as `Options.atLimit` says.
    public func takeOrWait(minimumCapacity: Int, timeout: Duration? = nil) async throws -> Block {
        try take(minimumCapacity: minimumCapacity)
    }
}
