public import CMillpond

extension BlockPool {
    /// Returns a block that has no owner any more to its pool.
    @inlinable
    package static func putBack(_ block: UnsafeMutablePointer<BlockHeader>) {
        if let entry = unsafe millpond_thread_slot(block.pointee.slot) {
            let cache = unsafe entry.assumingMemoryBound(to: CacheGate.self)
            let isOwner = unsafe cache.pointee.enter(block.pointee.core)
            if isOwner {
                let magazine = unsafe cache.magazine(Int(block.pointee.sizeClass))
                if unsafe !magazine.pointee.isFull {
                    unsafe magazine.pointee.push(block)
                    unsafe cache.pointee.leave()
                    return
                }
            }
            unsafe cache.pointee.leave()
        }
        unsafe putBackSlowly(block)
    }

    @usableFromInline
    static func putBackSlowly(_ block: UnsafeMutablePointer<BlockHeader>) {
        unsafe BlockPoolCore.at(block.pointee.core).putBack(block)
    }
}
