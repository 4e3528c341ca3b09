internal import MillpondPools

/// Making the next bytes one piece.
extension BufferedReader where Source: ~Copyable {
    /// Makes the first `count` bytes one piece without waiting. Errors are remembered, or come again when `gather`
    /// takes over.
    @inlinable
    @inline(never)
    mutating func gatherNow(_ count: Int) -> GatherState {
        chain.slideToStart(for: count)
        do throws(IOError) {
            while chain.firstSegmentCount < count {
                let outcome: ReadOutcome
                if !Source.suppliesBlocks, !end.isReached, chain.canGrowFirst(to: count) {
                    outcome = try growFirst(to: count)
                } else if chain.count < count {
                    outcome = try readOnce(toward: count)
                } else {
                    try makeContiguous(count)
                    break
                }
                guard case .bytes = outcome else { return outcome == .wouldBlock ? .blocked : .failed }
            }
            return count >= 0 ? .ready : .failed
        } catch {
            return .failed
        }
    }

    /// Reads into the room behind the only segment, which must suffice, until that is `count` bytes long: one view of
    /// the room for as many reads as it takes.
    ///
    /// Where fewer come, says why: `wouldBlock`, or `endOfStream` for an end or an error, which is remembered.
    @inlinable
    @inline(__always)
    mutating func growFirst(to count: Int) throws(IOError) -> ReadOutcome {
        let missing = count &- chain.firstSegmentCount
        let room = unsafe chain.tailBuffer
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        var outcome = ReadOutcome.bytes(0)
        var before = 0
        do throws(IOError) {
            repeat {
                before = output.byteCount
                outcome = try source.read(into: &output)
                guard case .bytes = outcome else { break }
            } while output.byteCount < missing && output.byteCount > before
            if outcome == .endOfStream { end.record(nil) }
        } catch {
            end.record(error)
        }
        let got = unsafe output.finalize(for: room)
        chain.advanceTail(got)
        if got > 0 { size.record(got, of: room.count) }
        if mark != nil { noteAppended(got) }
        if got >= missing { return .bytes(got) }
        if end.isReached { return .endOfStream }
        // "0 bytes" is asked again, but not for ever.
        return outcome == .wouldBlock ? outcome : try readIntoTail()
    }

    @usableFromInline
    mutating func makeContiguous(_ count: Int) throws(IOError) {
        do throws(BlockPoolError) {
            try chain.makeContiguous(count)
        } catch {
            throw .bufferUnavailable(error)
        }
    }

    /// Makes the first `count` bytes one piece, waiting for them: what follows when `gatherNow` said `state`.
    @inlinable
    @inline(never)
    mutating func gather(_ count: Int, after state: GatherState) async throws {
        precondition(count >= 0, "a negative number of bytes")
        var state = state
        var emptyWaits = 0
        while state != .ready {
            let before = chain.count
            if state == .blocked {
                try await waitForSource(&emptyWaits)
            } else if try await fillAfterFailure(toward: count) == .endOfStream {
                throw endError(needed: count)
            }
            state = gatherNow(count)
            if chain.count > before { emptyWaits = 0 }
        }
    }

    /// Finds out why `gatherNow` failed: throws the error, says that the stream has ended, or, where the pool had no
    /// block, waits for one.
    @inlinable
    mutating func fillAfterFailure(toward count: Int) async throws -> ReadOutcome {
        if end.isReached { return try end.outcome() }
        if chain.count >= count {
            try makeContiguous(count)
            return .bytes(0)
        }
        return try await readOnceWaitingForBlock(toward: count)
    }

    /// Waits until the source may have more, but not for ever in vain.
    @inlinable
    mutating func waitForSource(_ emptyWaits: inout Int) async throws {
        emptyWaits &+= 1
        if emptyWaits > 100 &* Self.maximumEmptyReads { throw IOError.noProgress }
        try await source.waitUntilReadable()
    }

    /// The error of a value of `needed` bytes for which the stream ended too early.
    @usableFromInline
    func endError(needed: Int) -> IOError {
        chain.isEmpty ? .endOfStream : .unexpectedEnd(needed: needed, got: chain.count)
    }
}

/// What came of collecting bytes without waiting.
@usableFromInline
enum GatherState {
    /// They lie in one piece.
    case ready
    /// The source has nothing now.
    case blocked
    /// The end, an error, or no block.
    case failed
}
