extension SharedBytes {
    /// Bytes that lie in memory of somebody else's, where they lie. Nothing is copied.
    ///
    /// `owner` is retained until the last reference to the bytes goes, and released by the thread on which that
    /// happens. The reference count is kept in the smallest block of `pool`, which the budget counts; nothing else is
    /// allocated. Of no bytes, nothing is retained.
    ///
    /// For a buffer of another library or a mapped file. Bytes that are to live long in a large buffer keep all of it:
    /// copy them (`init(copying:from:)`).
    ///
    /// - Precondition: While `owner` lives, the memory is valid and nobody writes it; `owner` may be released on any
    ///   thread.
    /// - Throws: what `BlockPool.take(minimumCapacity:)` throws; `owner` is not retained then.
    @unsafe
    public init(
        unsafeBytes bytes: UnsafeRawBufferPointer, keptAliveBy owner: AnyObject, pool: BlockPool = .shared
    ) throws(BlockPoolError) {
        guard let start = bytes.baseAddress, bytes.count > 0 else {
            self.init()
            return
        }
        let block = try pool.take(minimumCapacity: MemoryLayout<ReferredMemory>.size)
        unsafe self.init(
            _header: ReferredMemory.make(in: block, owner: owner), _start: UnsafeMutableRawPointer(mutating: start),
            _count: bytes.count)
    }
}
