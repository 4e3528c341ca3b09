public import MillpondPools

extension ByteChain {
    /// Shows the bytes at the front that lie in one piece; an empty view when there are none.
    @inlinable
    public func withFirstSegment<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try body(unsafe RawSpan(_unsafeStart: first.start, byteCount: first.count))
    }

    /// Shows the first `count` bytes, which must lie in one piece.
    @inlinable
    func withPrefix<R: ~Copyable, E: Error>(_ count: Int, _ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try body(unsafe RawSpan(_unsafeStart: first.start, byteCount: count))
    }

    /// Shows the pieces of the first `limit` bytes in order.
    @inlinable
    public func forEachSegment<E: Error>(
        upTo limit: Int = .max, _ body: (RawSpan) throws(E) -> Void
    ) throws(E) {
        var rest = min(limit, count)
        guard rest > 0 else { return }
        let piece = min(rest, firstSegmentCount)
        try body(unsafe RawSpan(_unsafeStart: first.start, byteCount: piece))
        rest &-= piece
        var index = 0
        while rest > 0 {
            let segment = unsafe slot(index).pointee
            let piece = unsafe min(rest, segment.count)
            try body(unsafe RawSpan(_unsafeStart: segment.start, byteCount: piece))
            rest &-= piece
            index &+= 1
        }
    }

    /// Shows the first `count` bytes as one piece. Copies only when they straddle segments; the copy then takes their
    /// place, so that a second look costs nothing.
    ///
    /// - Precondition: `count` is not negative, and at most ``count``.
    /// - Throws: what `body` throws; `BlockPoolError` when there is no block for a copy: none is longer than 1 MiB.
    @inlinable
    public mutating func withContiguous<R>(_ count: Int, _ body: (RawSpan) throws -> R) throws -> R {
        if count > firstSegmentCount { try makeContiguous(count) }
        return try withPrefix(count, body)
    }

    /// Shows the first `count` bytes as one piece that may be changed in place. Bytes that others share are copied
    /// first.
    ///
    /// - Precondition: `count` is not negative, and at most ``count``.
    /// - Throws: as ``withContiguous(_:_:)``.
    @inlinable
    public mutating func withMutableContiguous<R>(
        _ count: Int, _ body: (inout MutableRawSpan) throws -> R
    ) throws -> R {
        if unsafe count > firstSegmentCount || (count > 0 && !first.isExclusive) { try makeContiguous(count) }
        return try withMutablePrefix(count, body)
    }

    /// The same for bytes that are known to lie in one exclusive piece.
    @inlinable
    mutating func withMutablePrefix<R: ~Copyable, E: Error>(
        _ count: Int, _ body: (inout MutableRawSpan) throws(E) -> R
    ) throws(E) -> R {
        var span = unsafe MutableRawSpan(_unsafeStart: first.start, byteCount: count)
        return try body(&span)
    }

    /// Copies the first `count` bytes into a block of their own, which takes their place.
    @usableFromInline
    mutating func makeContiguous(_ count: Int) throws(BlockPoolError) {
        precondition(count >= 0 && count <= self.count, "looking at more bytes than the chain has")
        let block = try pool.take(minimumCapacity: count)
        try makeContiguous(count, in: block)
    }

    /// The same in a given block, which must have room for `count` bytes.
    @usableFromInline
    mutating func makeContiguous(_ count: Int, in block: consuming Block) throws(BlockPoolError) {
        if count == self.count { return relocate(into: block) }
        let room = tailRoom
        var rest = ByteChain(pool: pool)
        while Int(rest.ringCapacity) < segmentCount { try rest.growRing() }
        let header = unsafe block.detach()
        let payload = unsafe header.payload
        unsafe gather(count, into: payload)
        unsafe rest.first = ByteSegment(header: header, start: payload, count: count, isExclusive: true)
        while !isEmpty {
            try unsafe rest.push(first, room: 0)
            popFirst()
        }
        rest.tailRoom = room
        swap(&self, &rest)
    }
}
