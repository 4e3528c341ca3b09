internal import MillpondPools

/// Going back to an earlier byte, without a source that can seek.
extension BufferedReader where Source: ~Copyable {
    /// Whether a mark is set to which `rewind()` can go back.
    @inlinable
    public var isMarked: Bool { mark?.isSet ?? false }

    /// Remembers this place, so that `rewind()` can come back to it after at most `limit` more bytes were consumed.
    /// Replaces an earlier mark.
    ///
    /// Nothing is copied: the blocks are kept from their pool until `unmark()`, or until more than `limit` bytes were
    /// consumed when bytes are read. `withMutableBytes` copies what it changes. A reader's first mark allocates once.
    ///
    /// - Throws: `bufferUnavailable` when the pool has no block for the list of many pieces; no mark is set then.
    public mutating func mark(limit: Int) throws(IOError) {
        precondition(limit >= 0, "a negative number of bytes")
        let mark = self.mark ?? ReaderMark(pool: chain.pool)
        self.mark = mark
        mark.bytes.removeAll()
        mark.state = .none
        mark.limit = limit
        do throws(BlockPoolError) {
            try mark.bytes.appendReferences(to: &chain, from: 0)
        } catch {
            mark.bytes.removeAll()
            throw .bufferUnavailable(error)
        }
        mark.state = .set
    }

    /// Goes back to the mark, which stays: the same bytes are read again. A remembered end or error still follows them.
    ///
    /// Without a mark this is a precondition failure.
    ///
    /// - Throws: `limitExceeded` when more than the mark's limit was consumed, `bufferUnavailable` when the pool had no
    ///   block for the list of many pieces; then the reader stays where it is, and the mark is gone.
    public mutating func rewind() throws(IOError) {
        guard let mark else { preconditionFailure("rewind without a mark") }
        switch mark.state {
        case .none: preconditionFailure("rewind without a mark")
        case .lost(let error): throw error
        case .set: break
        }
        if mark.bytes.count - chain.count > mark.limit {
            let error = IOError.limitExceeded(limit: mark.limit)
            mark.lose(error)
            throw error
        }
        var again = ByteChain(pool: chain.pool)
        do throws(BlockPoolError) {
            try again.appendReferences(to: &mark.bytes, from: 0)
        } catch {
            mark.lose(.bufferUnavailable(error))
            throw .bufferUnavailable(error)
        }
        again.adoptTailRoom(of: chain)
        swap(&chain, &again)
    }

    /// Forgets the mark and gives back the blocks that only it kept.
    public mutating func unmark() {
        mark?.bytes.removeAll()
        mark?.state = .none
    }

    /// Remembers the `count` bytes that were just added to the chain, or gives the mark up when it is out of reach.
    @usableFromInline
    @inline(never)
    mutating func noteAppended(_ count: Int) {
        guard let mark, mark.isSet, count > 0 else { return }
        do throws(BlockPoolError) {
            try mark.bytes.appendReferences(to: &chain, from: chain.count - count)
        } catch {
            return mark.lose(.bufferUnavailable(error))
        }
        if mark.bytes.count - chain.count > mark.limit { mark.lose(.limitExceeded(limit: mark.limit)) }
    }
}
