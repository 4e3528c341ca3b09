internal import MillpondPools

/// Two chains over the same blocks.
extension ByteChain {
    /// Appends references to the bytes of `other` from `offset` on. From then on neither changes them in place.
    ///
    /// When the pool refuses a block, the bytes before it were appended.
    mutating func appendReferences(to other: inout ByteChain, from offset: Int) throws(BlockPoolError) {
        var skipped = offset
        for index in 0..<other.segmentCount {
            var segment = unsafe index == 0 ? other.first : other.slot(index - 1).pointee
            if unsafe skipped >= segment.count {
                unsafe skipped -= segment.count
                continue
            }
            unsafe segment.isExclusive = false
            if index == 0 {
                unsafe other.first.isExclusive = false
            } else {
                unsafe other.slot(index - 1).pointee.isExclusive = false
            }
            unsafe segment.removeFirst(skipped)
            skipped = 0
            if unsafe !extendLast(with: segment) {
                unsafe try push(segment, room: 0)
                unsafe segment.retain()
            }
        }
    }

    /// Makes the last segment longer when `segment` follows it in the same block; no further reference is needed then.
    private mutating func extendLast(with segment: ByteSegment) -> Bool {
        guard !isEmpty else { return false }
        let last = unsafe lastSegment()
        guard unsafe last.header != nil, unsafe last.header == segment.header, unsafe last.end == segment.start else {
            return false
        }
        if ringCount == 0 {
            unsafe first.length &+= segment.length
        } else {
            unsafe slot(Int(ringCount) - 1).pointee.length &+= segment.length
            laterCount &+= unsafe segment.count
        }
        return true
    }

    /// Takes over the room behind the last segment of `other`, which is given up, where both end in the same place.
    mutating func adoptTailRoom(of other: borrowing ByteChain) {
        guard !isEmpty, !other.isEmpty, unsafe lastSegment().end == other.lastSegment().end else { return }
        tailRoom = other.tailRoom
    }
}
