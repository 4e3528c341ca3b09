/// The blocks a thread keeps: a magazine per size class behind the gate.
extension UnsafeMutablePointer where Pointee == CacheGate {
    /// The magazine of a size class, if this is a gate of a block pool.
    @inlinable
    func magazine(_ sizeClass: Int) -> UnsafeMutablePointer<Magazine<BlockHeader>> {
        unsafe contents.assumingMemoryBound(to: Magazine<BlockHeader>.self) + sizeClass
    }
}
