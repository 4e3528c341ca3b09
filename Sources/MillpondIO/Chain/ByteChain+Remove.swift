public import MillpondPools

extension ByteChain {
    /// Consumes bytes of the first segment.
    @inlinable
    mutating func consumeFirst(_ count: Int) {
        unsafe first.removeFirst(count)
        if unsafe first.length == 0 { dropFirst() }
    }

    /// Consumes `count` bytes. Blocks are released as their last byte goes.
    ///
    /// - Precondition: `count` is not negative, and at most ``count``.
    @inlinable
    public mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "removing more bytes than the chain has")
        var rest = count
        while rest > firstSegmentCount {
            rest &-= firstSegmentCount
            dropFirst()
        }
        if rest > 0 { consumeFirst(rest) }
    }

    /// Consumes everything.
    @inlinable
    public mutating func removeAll() {
        while !isEmpty { dropFirst() }
    }

    /// Takes everything out, leaving an empty chain.
    @inlinable
    public mutating func takeAll() -> ByteChain {
        var taken = ByteChain(pool: pool)
        swap(&self, &taken)
        return taken
    }

    /// Takes the first `count` bytes out without copying: the block in which the cut falls is then shared.
    ///
    /// - Precondition: `count` is not negative, and at most ``count``.
    /// - Throws: `BlockPoolError` when there is no room to note where the bytes lie. Nothing was taken then.
    public mutating func takeFirst(_ count: Int) throws(BlockPoolError) -> ByteChain {
        precondition(count >= 0 && count <= self.count, "taking more bytes than the chain has")
        if count == self.count { return takeAll() }
        var taken = ByteChain(pool: pool)
        // Everything that can fail comes first: how many whole segments move, and a ring for them.
        var whole = 0
        var rest = count
        while rest >= segmentLength(whole) {
            rest -= segmentLength(whole)
            whole += 1
        }
        let pieces = whole + (rest > 0 ? 1 : 0)
        while Int(taken.ringCapacity) < pieces - 1 { try taken.growRing() }
        for _ in 0..<whole {
            try unsafe taken.push(first, room: 0)
            popFirst()
        }
        if rest > 0 {
            try unsafe taken.push(first.retainedPrefix(rest), room: 0)
            unsafe first.removeFirst(rest)
        }
        return taken
    }

    private func segmentLength(_ index: Int) -> Int {
        index == 0 ? firstSegmentCount : unsafe slot(index - 1).pointee.count
    }

    /// Takes the first `count` bytes out as one piece: without copying when they lie in one segment, else as a copy in
    /// a new block.
    ///
    /// - Precondition: `count` is not negative, and at most ``count``.
    /// - Throws: `BlockPoolError` when there is no block for a copy: none is longer than 1 MiB.
    @inlinable
    public mutating func takeFirstShared(_ count: Int) throws(BlockPoolError) -> SharedBytes {
        precondition(count >= 0 && count <= self.count, "taking more bytes than the chain has")
        guard count > 0 else { return SharedBytes("") }
        if count > firstSegmentCount { try makeContiguous(count) }
        if count == firstSegmentCount {
            let shared = unsafe SharedBytes(_header: first.header, _start: first.start, _count: count)
            popFirst()
            return shared
        }
        let prefix = unsafe first.retainedPrefix(count)
        unsafe first.removeFirst(count)
        return unsafe SharedBytes(_header: prefix.header, _start: prefix.start, _count: count)
    }
}
