public import MillpondPools

/// Getting more bytes from the source.
extension BufferedReader where Source: ~Copyable {
    /// Empty reads in a row after which a source counts as broken.
    @inlinable
    static var maximumEmptyReads: Int { 100 }

    /// One more read: waits until bytes were added (true) or the stream has ended (false).
    ///
    /// With `contiguous`, what is buffered is kept in one piece, as parsers want it, as long as a block can hold it;
    /// without, bytes already buffered are never copied. Throws the source's error, also when it came earlier.
    @inlinable
    public mutating func fill(contiguous: Bool = true) async throws -> Bool {
        try await fill(toward: contiguous ? chain.count &+ 1 : 0) != .endOfStream
    }

    /// One more read, without waiting: `wouldBlock` when the source has nothing now.
    ///
    /// A reader that is empty holds no block afterwards.
    @inlinable
    public mutating func tryFill(contiguous: Bool = true) throws(IOError) -> ReadOutcome {
        try readOnce(toward: contiguous ? chain.count &+ 1 : 0)
    }

    /// Throws away the memory of a passed end, so that the source is asked again: for a file that grows.
    @inlinable
    public mutating func clearEnd() {
        end.clear()
    }

    /// One read that adds bytes or finds the end, waiting as often as it takes.
    @inlinable
    mutating func fill(toward needed: Int) async throws -> ReadOutcome {
        var emptyWaits = 0
        while true {
            let outcome: ReadOutcome
            do throws(IOError) {
                outcome = try readOnce(toward: needed)
            } catch {
                // Of ours, not of the source's own.
                guard error.code == .bufferUnavailable, !end.isReached, !Source.suppliesBlocks else { throw error }
                outcome = try await readOnceWaitingForBlock(toward: needed)
            }
            guard outcome == .wouldBlock else { return outcome }
            try await waitForSource(&emptyWaits)
        }
    }

    /// One read, repeated only while the source answers "0 bytes".
    ///
    /// `needed` is the number of bytes the caller wants in one piece: when the last block can't hold them, what is
    /// buffered moves to one that can. 0: never move anything.
    @inlinable
    mutating func readOnce(toward needed: Int) throws(IOError) -> ReadOutcome {
        if end.isReached { return try end.outcome() }
        if Source.suppliesBlocks { return try takeBlocks(toward: needed) }
        switch plan(toward: needed) {
        case .tail:
            return try readIntoTail()
        case .block(let capacity, let moves):
            return try readIntoBlock(capacity: capacity, moves: moves)
        }
    }

    @usableFromInline
    enum Plan {
        /// Read into the last block's room.
        case tail
        /// Take a block of this capacity; `moves`: what is buffered moves there first.
        case block(capacity: Int, moves: Bool)
    }

    @inlinable
    func plan(toward needed: Int) -> Plan {
        let room = chain.tailRoomCount
        let buffered = chain.count
        if buffered == 0 {
            return .block(capacity: min(max(size.bytes, needed), ReadLimits.largestBlock), moves: false)
        }
        if needed <= buffered || needed > ReadLimits.largestBlock {
            return room >= ReadLimits.worthwhileRoom ? .tail : .block(capacity: size.bytes, moves: false)
        }
        if chain.segmentCount == 1, room >= needed &- buffered,
            room >= ReadLimits.worthwhileRoom || buffered > ReadLimits.worthwhileRoom
        {
            return .tail
        }
        return .block(
            capacity: min(max(size.bytes, needed, buffered &* 2), ReadLimits.largestBlock), moves: true)
    }

    /// Reads into the room of the last block.
    @inlinable
    @inline(__always)
    mutating func readIntoTail() throws(IOError) -> ReadOutcome {
        let room = unsafe chain.tailBuffer
        var got = 0
        let outcome = try unsafe readSource(into: room, &got)
        chain.advanceTail(got)
        if got > 0 { size.record(got, of: room.count) }
        if mark != nil { noteAppended(got) }
        return outcome
    }

    /// Reads into a block taken for it.
    @inlinable
    mutating func readIntoBlock(capacity: Int, moves: Bool) throws(IOError) -> ReadOutcome {
        try read(into: takeBlock(capacity: capacity, moves: moves), moves: moves)
    }

    @inlinable
    mutating func takeBlock(capacity: Int, moves: Bool) throws(IOError) -> Block {
        do throws(BlockPoolError) {
            if !moves { try chain.reserveSegment() }
            return try chain.pool.take(minimumCapacity: capacity)
        } catch {
            throw .bufferUnavailable(error)
        }
    }

    @inlinable
    mutating func read(into block: consuming Block, moves: Bool) throws(IOError) -> ReadOutcome {
        if moves {
            chain.relocate(into: block)
            return try readIntoTail()
        }
        let header = unsafe block.detach()
        let room = unsafe UnsafeMutableRawBufferPointer(
            start: header.payload, count: header.capacity)
        var got = 0
        do throws(IOError) {
            let outcome = try unsafe readSource(into: room, &got)
            unsafe chain.adopt(header, count: got)
            if got > 0 { size.record(got, of: room.count) }
            if mark != nil { noteAppended(got) }
            return outcome
        } catch {
            unsafe header.release()
            throw error
        }
    }

    /// Asks the source until it says something; `got` bytes were written to the start of `buffer`.
    ///
    /// The end and errors are remembered in `end`; bytes that came with one are delivered before it is.
    @inlinable
    @inline(__always)
    mutating func readSource(
        into buffer: UnsafeMutableRawBufferPointer, _ got: inout Int
    ) throws(IOError) -> ReadOutcome {
        let outcome = try unsafe askSource(into: buffer, &got)
        if case .bytes = outcome, got > 0 { return .bytes(got) }
        return try unsafe readAgain(after: outcome, into: buffer, &got)
    }

    /// Asks the source once. An error is remembered, and thrown unless bytes came with it.
    @inlinable
    @inline(__always)
    mutating func askSource(
        into buffer: UnsafeMutableRawBufferPointer, _ got: inout Int
    ) throws(IOError) -> ReadOutcome {
        var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
        let outcome: ReadOutcome
        do throws(IOError) {
            outcome = try source.read(into: &output)
        } catch {
            end.record(error)
            got = unsafe output.finalize(for: buffer)
            if got > 0 { return .bytes(got) }
            throw error
        }
        got = unsafe output.finalize(for: buffer)
        return outcome
    }

    /// What follows a read that brought nothing, or the end: another attempt when the source said "0 bytes".
    @inlinable
    @inline(never)
    mutating func readAgain(
        after first: ReadOutcome, into buffer: UnsafeMutableRawBufferPointer, _ got: inout Int
    ) throws(IOError) -> ReadOutcome {
        var outcome = first
        for _ in 0..<Self.maximumEmptyReads {
            if outcome == .endOfStream { end.record(nil) }
            if got > 0 { return .bytes(got) }
            guard case .bytes = outcome else { return outcome }
            outcome = try unsafe askSource(into: buffer, &got)
        }
        if outcome == .endOfStream { end.record(nil) }
        if got > 0 { return .bytes(got) }
        if outcome != .bytes(0) { return outcome }
        end.record(.noProgress)
        throw .noProgress
    }

    /// The same as `readOnce` where the pool has no block now: follows the pool's policy, which may be to wait.
    @usableFromInline
    mutating func readOnceWaitingForBlock(toward needed: Int) async throws -> ReadOutcome {
        guard !Source.suppliesBlocks, case .block(let capacity, let moves) = plan(toward: needed) else {
            return try readOnce(toward: needed)
        }
        do {
            let block = try await chain.pool.takeOrWait(minimumCapacity: capacity)
            if !moves { try chain.reserveSegment() }
            return try read(into: block, moves: moves)
        } catch let error as BlockPoolError {
            throw IOError.bufferUnavailable(error)
        }
    }
}

/// Numbers that the reader's decisions share.
@usableFromInline
enum ReadLimits {
    /// The largest block of any pool.
    @inlinable static var largestBlock: Int { 1 << 20 }
    /// Less room than this isn't worth a system call of its own.
    @inlinable static var worthwhileRoom: Int { 512 }
    /// At most so many bytes are moved to the start of their block before a read.
    @inlinable static var slidingLength: Int { 512 }
    /// Only when that gains so much room.
    @inlinable static var worthwhileSlide: Int { 1024 }
}
