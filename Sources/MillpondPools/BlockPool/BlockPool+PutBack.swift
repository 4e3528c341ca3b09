public import CMillpond

extension BlockPool {
    /// Returns a block that has no owner any more to its pool.
    @inlinable
    package static func putBack(_ block: UnsafeMutablePointer<BlockHeader>) {
        if let entry = unsafe millpond_thread_slot(block.pointee.slot) {
            let gate = unsafe entry.assumingMemoryBound(to: CacheGate.self)
            let magazine = unsafe gate.magazine(Int(block.pointee.sizeClass))
            if unsafe magazine.put(block, gate, block.pointee.core) { return }
        }
        unsafe putBackSlowly(block)
    }

    @usableFromInline
    static func putBackSlowly(_ block: UnsafeMutablePointer<BlockHeader>) {
        if unsafe block.pointee.core == 0 { return unsafe ReferredMemory.end(block) }
        unsafe BlockPoolCore.at(block.pointee.core).putBack(block)
    }
}
