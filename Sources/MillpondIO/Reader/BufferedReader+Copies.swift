public import MillpondPools

/// Bytes that outlive the reader's next call.
extension BufferedReader where Source: ~Copyable {
    /// Fills `output` to its capacity.
    ///
    /// Not all or nothing: what came before an error or the end has been appended and consumed, as
    /// `unexpectedEnd(needed:got:)` says.
    @inlinable
    public mutating func readExactly(into output: inout OutputRawSpan) async throws {
        let needed = output.freeCapacity
        while !output.isFull {
            let free = output.freeCapacity
            guard try await read(into: &output) > 0 else {
                throw free == needed ? IOError.endOfStream : .unexpectedEnd(needed: needed, got: needed &- free)
            }
        }
    }

    /// Appends what is there, at least one byte, waiting for it if need be; 0 only at the end of the stream, or when
    /// `output` is full.
    ///
    /// A request for much while nothing is buffered is read straight into `output`.
    @inlinable
    public mutating func read(into output: inout OutputRawSpan) async throws -> Int {
        guard !output.isFull else { return 0 }
        if chain.isEmpty {
            if output.freeCapacity >= size.bytes, !Source.suppliesBlocks, !isMarked {
                return try await readDirectly(into: &output)
            }
            guard try await fill(contiguous: false) else { return 0 }
        }
        var copied = 0
        while !chain.isEmpty, !output.isFull {
            let piece = min(chain.firstSegmentCount, output.freeCapacity)
            chain.withPrefix(piece) { bytes in output.append(copying: bytes) }
            chain.consumeFirst(piece)
            copied &+= piece
        }
        return copied
    }

    @inlinable
    mutating func readDirectly(into output: inout OutputRawSpan) async throws -> Int {
        var emptyReads = 0
        while true {
            if end.isReached {
                _ = try end.outcome()
                return 0
            }
            let before = output.byteCount
            var outcome = ReadOutcome.bytes(0)
            do throws(IOError) {
                outcome = try source.read(into: &output)
                if outcome == .endOfStream { end.record(nil) }
            } catch {
                end.record(error)
            }
            if output.byteCount > before { return output.byteCount &- before }
            if end.isReached { continue }
            emptyReads &+= 1
            if emptyReads > Self.maximumEmptyReads { end.record(.noProgress) }
            if outcome == .wouldBlock {
                try await source.waitUntilReadable()
            }
        }
    }

    /// The next `count` bytes as a chain of their own, without copying: the blocks are shared with the reader.
    ///
    /// A chain keeps its blocks from the pool, also the parts of them that it doesn't show: copy what is to be kept for
    /// long.
    @inlinable
    public mutating func take(_ count: Int) async throws -> ByteChain {
        precondition(count >= 0, "a negative number of bytes")
        while chain.count < count {
            if try await fill(toward: 0) == .endOfStream { throw endError(needed: count) }
        }
        do throws(BlockPoolError) {
            return try chain.takeFirst(count)
        } catch {
            throw IOError.bufferUnavailable(error)
        }
    }

    /// The next `count` bytes in one piece that can be kept, cloned and sent elsewhere; without copying unless they
    /// straddle two blocks.
    @inlinable
    public mutating func takeShared(_ count: Int) async throws -> SharedBytes {
        if chain.firstSegmentCount < count || count < 0 {
            let state = gatherNow(count)
            if state != .ready { try await gather(count, after: state) }
        }
        return try takeSharedNow(count)
    }

    /// The same for bytes that are at hand.
    @inlinable
    mutating func takeSharedNow(_ count: Int) throws(IOError) -> SharedBytes {
        do throws(BlockPoolError) {
            return try chain.takeFirstShared(count)
        } catch {
            throw .bufferUnavailable(error)
        }
    }

    /// Everything that is buffered; the reader is empty afterwards. For handing a connection to another protocol.
    @inlinable
    public mutating func takeBuffered() -> ByteChain { chain.takeAll() }

    /// Adds bytes behind what is buffered, as if the source had brought them: for a producer that pushes on the same
    /// task. One on another task or thread pushes through a ``PushSource``.
    ///
    /// Backpressure is the producer's: it looks at `bufferedCount`.
    @inlinable
    public mutating func feed(_ bytes: RawSpan) throws(BlockPoolError) {
        try chain.append(copying: bytes)
        if mark != nil { noteAppended(bytes.byteCount) }
    }

    /// The same without copying.
    @inlinable
    public mutating func feed(_ bytes: consuming SharedBytes) throws(BlockPoolError) {
        let count = bytes.count
        try chain.append(bytes)
        if mark != nil { noteAppended(count) }
    }

    /// The same without copying.
    @inlinable
    public mutating func feed(_ bytes: consuming ByteChain) throws(BlockPoolError) {
        let count = bytes.count
        try chain.append(bytes)
        if mark != nil { noteAppended(count) }
    }
}
