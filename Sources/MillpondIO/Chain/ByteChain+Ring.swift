public import MillpondPools

/// The segments after the first: a ring buffer in a pool block.
extension ByteChain {
    @inlinable
    static func slots(of ring: UnsafeMutablePointer<BlockHeader>) -> UnsafeMutablePointer<ByteSegment> {
        unsafe ring.payload.assumingMemoryBound(to: ByteSegment.self)
    }

    /// The slot of the `index`th segment after the first.
    @inlinable
    func slot(_ index: Int) -> UnsafeMutablePointer<ByteSegment> {
        // The ring exists whenever an index below ringCount does, and every slot up to the count is initialised.
        let ring = unsafe self.ring.unsafelyUnwrapped
        return unsafe ByteChain.slots(of: ring) + Int((ringHead &+ UInt32(index)) & (ringCapacity &- 1))
    }

    /// The last segment of a chain that isn't empty.
    @inlinable
    func lastSegment() -> ByteSegment {
        ringCount == 0 ? unsafe first : unsafe slot(Int(ringCount) - 1).pointee
    }

    /// Puts a segment at the end; the chain now owns its reference. On error the caller still does.
    @inlinable
    mutating func push(_ segment: ByteSegment, room: Int) throws(BlockPoolError) {
        if isEmpty {
            unsafe first = unsafe segment
        } else {
            if ringCount == ringCapacity { try growRing() }
            ringCount &+= 1
            unsafe slot(Int(ringCount) - 1).initialize(to: segment)
            laterCount &+= unsafe segment.count
        }
        tailRoom = UInt32(truncatingIfNeeded: room)
    }

    /// Gives the first segment's reference away: the next segment becomes the first.
    ///
    /// The caller owns the reference that `first` held.
    @inlinable
    mutating func popFirst() {
        guard ringCount > 0 else {
            unsafe first = .empty
            tailRoom = 0
            // Reserved for a segment that did not come.
            if unsafe ring != nil { releaseRing() }
            return
        }
        unsafe first = unsafe slot(0).pointee
        laterCount &-= unsafe first.count
        ringHead = (ringHead &+ 1) & (ringCapacity &- 1)
        ringCount &-= 1
        if ringCount == 0 { releaseRing() }
    }

    /// Releases the first segment, of which every byte was consumed.
    @inlinable
    @inline(never)
    mutating func dropFirst() {
        unsafe first.release()
        popFirst()
    }

    @usableFromInline
    mutating func releaseRing() {
        if let ring = unsafe ring { unsafe ring.release() }
        unsafe ring = nil
        ringCapacity = 0
        ringHead = 0
    }

    /// Doubles the ring, moving the segments to the start of a larger block.
    @usableFromInline
    mutating func growRing() throws(BlockPoolError) {
        let wanted = max(16, Int(ringCapacity) * 2)
        let block = try unsafe takeHeader(minimumCapacity: wanted * MemoryLayout<ByteSegment>.stride)
        let target = unsafe ByteChain.slots(of: block)
        for index in 0..<Int(ringCount) {
            unsafe (target + index).initialize(to: slot(index).pointee)
        }
        if let ring = unsafe ring { unsafe ring.release() }
        unsafe ring = block
        ringHead = 0
        ringCapacity = UInt32(wanted)
    }

    /// A block of the pool by its header; the caller owns the one reference.
    @inlinable
    func takeHeader(minimumCapacity: Int) throws(BlockPoolError) -> UnsafeMutablePointer<BlockHeader> {
        let block = try pool.take(minimumCapacity: minimumCapacity)
        return unsafe block.detach()
    }
}
