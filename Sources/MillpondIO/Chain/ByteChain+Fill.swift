public import MillpondPools

/// Reading straight into blocks.
extension ByteChain {
    /// Makes sure that the next `push` can't fail.
    @inlinable
    mutating func reserveSegment() throws(BlockPoolError) {
        if !isEmpty, ringCount == ringCapacity { try growRing() }
    }

    /// The room after the last segment.
    @inlinable
    @inline(__always)
    var tailBuffer: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: lastSegment().end, count: Int(tailRoom))
    }

    /// Whether the only segment can become `count` bytes long where it lies, with room that is worth a read.
    @inlinable
    @inline(__always)
    func canGrowFirst(to count: Int) -> Bool {
        unsafe ringCount == 0 && first.length > 0 && Int(tailRoom) >= count &- first.count
            && (Int(tailRoom) >= ReadLimits.worthwhileRoom || first.count >= ReadLimits.worthwhileRoom)
    }

    /// Moves the bytes of the only segment to the start of their block before more are read, so that a stream keeps to
    /// memory that is in the cache: few bytes where that makes much room, and others where `count` bytes in one piece
    /// would need another block otherwise. Nothing moves that somebody else sees.
    @inlinable
    @inline(__always)
    mutating func slideToStart(for count: Int) {
        guard let header = unsafe first.header, ringCount == 0, unsafe first.isExclusive else { return }
        let payload = unsafe header.payload
        let offset = unsafe first.start - payload
        let missing = unsafe count &- first.count &- Int(tailRoom)
        guard
            unsafe (offset >= ReadLimits.worthwhileSlide && first.length <= ReadLimits.slidingLength)
                || (missing > 0 && missing <= offset),
            unsafe header.isUnique
        else { return }
        unsafe payload.copyMemory(from: first.start, byteCount: first.count)
        unsafe first.start = payload
        tailRoom &+= UInt32(truncatingIfNeeded: offset)
    }

    /// Lets `body` write into the room after the last segment.
    @inlinable
    mutating func fillTail<R, E: Error>(_ body: (inout OutputRawSpan) throws(E) -> R) throws(E) -> R {
        let room = unsafe tailBuffer
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        let result: R
        do throws(E) {
            result = try body(&output)
        } catch {
            advanceTail(unsafe output.finalize(for: room))
            throw error
        }
        advanceTail(unsafe output.finalize(for: room))
        return result
    }

    /// Counts bytes that were written into the room after the last segment.
    @inlinable
    @inline(__always)
    mutating func advanceTail(_ count: Int) {
        if ringCount == 0 {
            unsafe first.length &+= UInt32(truncatingIfNeeded: count)
        } else {
            unsafe slot(Int(ringCount) - 1).pointee.length &+= UInt32(truncatingIfNeeded: count)
            laterCount &+= count
        }
        tailRoom &-= UInt32(truncatingIfNeeded: count)
    }

    /// Lets `body` write into `block`, which becomes the last segment unless nothing was written.
    ///
    /// `reserveSegment()` must have been called.
    @inlinable
    mutating func fill<R, E: Error>(
        _ block: consuming Block, _ body: (inout OutputRawSpan) throws(E) -> R
    ) throws(E) -> R {
        let header = unsafe block.detach()
        let room = unsafe UnsafeMutableRawBufferPointer(
            start: header.payload, count: header.capacity)
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        let result: R
        do throws(E) {
            result = try body(&output)
        } catch {
            unsafe adopt(header, count: output.finalize(for: room))
            throw error
        }
        unsafe adopt(header, count: output.finalize(for: room))
        return result
    }

    /// Makes a filled block the last segment, or gives it back when it is empty.
    @inlinable
    mutating func adopt(_ header: UnsafeMutablePointer<BlockHeader>, count: Int) {
        guard count > 0 else { return unsafe header.release() }
        do {
            try unsafe pushBlock(header, count: count)
        } catch {
            preconditionFailure("adopt without reserveSegment")
        }
    }

    /// Moves all bytes to the start of `block`, which must have room for them, so that they lie in one piece and more
    /// can be read behind them. Copies every byte.
    @usableFromInline
    mutating func relocate(into block: consuming Block) {
        let header = unsafe block.detach()
        let payload = unsafe header.payload
        let capacity = unsafe header.capacity
        let total = count
        precondition(total <= capacity && total > 0, "relocating \(total) bytes into \(capacity)")
        unsafe gather(total, into: payload)
        unsafe first = ByteSegment(header: header, start: payload, count: total, isExclusive: true)
        tailRoom = UInt32(capacity - total)
    }

    /// Copies the first `count` bytes to `target` and consumes them.
    @usableFromInline
    mutating func gather(_ count: Int, into target: UnsafeMutableRawPointer) {
        var target = unsafe target
        var rest = count
        while rest > 0 {
            let piece = min(rest, firstSegmentCount)
            unsafe target.copyMemory(from: first.start, byteCount: piece)
            unsafe target += piece
            rest -= piece
            consumeFirst(piece)
        }
    }
}
