internal import MillpondPools

/// Views of buffered bytes.
extension BufferedReader where Source: ~Copyable {
    /// Shows the next `count` bytes in one piece and consumes them when `body` returns; when it throws, they stay.
    ///
    /// Copies only what straddles two blocks. Complexity: O(1) when the bytes are at hand.
    @inlinable
    public mutating func withBytes<R: ~Copyable, E: Error>(
        _ count: Int, _ body: (RawSpan) throws(E) -> R
    ) async throws -> R {
        if chain.firstSegmentCount < count || count < 0 {
            let state = gatherNow(count)
            if state != .ready { try await gather(count, after: state) }
        }
        let result = try chain.withPrefix(count, body)
        chain.consumeFirst(count)
        return result
    }

    /// The same with a view that may be changed in place: for unmasking and decrypting where the bytes lie. Bytes that
    /// somebody else shares are copied first.
    @inlinable
    public mutating func withMutableBytes<R: ~Copyable, E: Error>(
        _ count: Int, _ body: (inout MutableRawSpan) throws(E) -> R
    ) async throws -> R {
        if chain.firstSegmentCount < count || count < 0 {
            let state = gatherNow(count)
            if state != .ready { try await gather(count, after: state) }
        }
        try makeExclusive(count)
        let result = try chain.withMutablePrefix(count, body)
        chain.consumeFirst(count)
        return result
    }

    /// Shows the next `count` bytes in one piece without consuming them.
    @inlinable
    public mutating func peek<R: ~Copyable, E: Error>(
        _ count: Int, _ body: (RawSpan) throws(E) -> R
    ) async throws -> R {
        if chain.firstSegmentCount < count || count < 0 {
            let state = gatherNow(count)
            if state != .ready { try await gather(count, after: state) }
        }
        return try chain.withPrefix(count, body)
    }

    /// Shows what is buffered and contiguous, perhaps nothing, and consumes nothing. Never reads.
    ///
    /// With `fill()` and `consume(_:)` this is how a parser is fed that says itself how much it used.
    @inlinable
    public func withBuffered<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try chain.withFirstSegment(body)
    }

    /// Shows the first `count` bytes, of those that are buffered and contiguous, for changes in place.
    @inlinable
    public mutating func withMutableBuffered<R: ~Copyable, E: Error>(
        _ count: Int, _ body: (inout MutableRawSpan) throws(E) -> R
    ) throws -> R {
        precondition(count >= 0 && count <= chain.firstSegmentCount, "more bytes than are contiguous")
        try makeExclusive(count)
        return try chain.withMutablePrefix(count, body)
    }

    /// Consumes `count` buffered bytes. Never reads.
    ///
    /// - Precondition: `count` is not negative, and at most ``bufferedCount``.
    @inlinable
    public mutating func consume(_ count: Int) {
        if count > 0 && count <= chain.firstSegmentCount {
            chain.consumeFirst(count)
        } else {
            chain.removeFirst(count)
        }
    }

    /// Shows the next `count` bytes in as many pieces as they lie in, never copying one, and consumes each piece after
    /// `body` saw it.
    ///
    /// The exception to "all or nothing": the pieces before an error or the end are consumed.
    @inlinable
    public mutating func forEachChunk<E: Error>(_ count: Int, _ body: (RawSpan) throws(E) -> Void) async throws {
        precondition(count >= 0, "a negative number of bytes")
        var rest = count
        while rest > 0 {
            if chain.isEmpty, try await fill(toward: 0) == .endOfStream {
                throw rest == count ? IOError.endOfStream : .unexpectedEnd(needed: count, got: count &- rest)
            }
            let piece = min(rest, chain.firstSegmentCount)
            try chain.withPrefix(piece, body)
            chain.consumeFirst(piece)
            rest &-= piece
        }
    }

    /// Consumes `count` bytes unseen.
    ///
    /// Not all or nothing: what came before an error or the end is consumed.
    @inlinable
    public mutating func skip(_ count: Int) async throws {
        if count > 0 && count <= chain.firstSegmentCount { return chain.consumeFirst(count) }
        try await forEachChunk(count) { _ in }
    }

    @inlinable
    mutating func makeExclusive(_ count: Int) throws(IOError) {
        guard count > 0, unsafe !chain.first.isExclusive else { return }
        try makeContiguous(count)
    }
}
