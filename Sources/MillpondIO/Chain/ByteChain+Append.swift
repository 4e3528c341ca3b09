public import MillpondPools

extension ByteChain {
    /// Shared bytes of at most this length are copied rather than referred to.
    ///
    /// Below it, copying costs less than another segment does in the system call that sends it.
    @inlinable
    public static var copyThreshold: Int { 1024 }

    /// The size of the first block that a chain takes for copied bytes; later ones double, up to `largestCopyBlock`.
    @inlinable
    static var smallestCopyBlock: Int { 4096 }

    @inlinable
    static var largestCopyBlock: Int { 32 * 1024 }

    /// Copies `bytes` to the end, into the room of the last block first.
    ///
    /// When the pool refuses a block, nothing was appended. Complexity: O(n).
    @inlinable
    public mutating func append(copying bytes: borrowing RawSpan) throws(BlockPoolError) {
        try unsafe bytes.withUnsafeBytes { (buffer) throws(BlockPoolError) in
            guard let base = buffer.baseAddress, buffer.count > 0 else { return }
            if buffer.count <= Int(tailRoom) {
                unsafe copyIntoTail(base, buffer.count)
            } else {
                try unsafe appendSlow(base, buffer.count)
            }
        }
    }

    /// Copies into the room after the last segment, which must suffice.
    @inlinable
    mutating func copyIntoTail(_ source: UnsafeRawPointer, _ count: Int) {
        if ringCount == 0 {
            unsafe first.end.copyMemory(from: source, byteCount: count)
            unsafe first.length &+= UInt32(truncatingIfNeeded: count)
        } else {
            let last = unsafe slot(Int(ringCount) - 1)
            unsafe last.pointee.end.copyMemory(from: source, byteCount: count)
            unsafe last.pointee.length &+= UInt32(truncatingIfNeeded: count)
            laterCount &+= count
        }
        tailRoom &-= UInt32(truncatingIfNeeded: count)
    }

    /// The same with a view.
    @inlinable
    mutating func copyIntoTail(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe copyIntoTail(base, buffer.count)
        }
    }

    /// Stores a value into the room after the last segment, which must suffice.
    @inlinable
    mutating func storeIntoTail<T: BitwiseCopyable>(_ value: T) {
        unsafe tailBuffer.baseAddress.unsafelyUnwrapped.storeBytes(of: value, as: T.self)
        advanceTail(MemoryLayout<T>.size)
    }

    /// Copies into the tail's room and as many new blocks as it takes; all or nothing.
    @usableFromInline
    mutating func appendSlow(_ source: UnsafeRawPointer, _ count: Int) throws(BlockPoolError) {
        if count &- Int(tailRoom) <= ByteChain.largestCopyBlock {
            // The usual case: one more block. It is taken before anything changes.
            let block = try unsafe takeCopyBlock(for: count &- Int(tailRoom))
            try unsafe appendSplit(source, count, block)
            return
        }
        var rest = ByteChain(pool: pool)
        var offset = 0
        while offset < count {
            let piece = min(count - offset, ByteChain.largestCopyBlock)
            let block = try unsafe takeCopyBlock(for: piece)
            unsafe block.payload.copyMemory(from: source + offset, byteCount: piece)
            try unsafe rest.pushBlock(block, count: piece)
            offset += piece
        }
        try append(rest)
    }

    /// Fills the tail's room from `source` and puts the rest into `block`, which becomes the new tail.
    private mutating func appendSplit(
        _ source: UnsafeRawPointer, _ count: Int, _ block: UnsafeMutablePointer<BlockHeader>
    ) throws(BlockPoolError) {
        let room = Int(tailRoom)
        let payload = unsafe block.payload
        unsafe payload.copyMemory(from: source + room, byteCount: count - room)
        if room > 0 { unsafe copyIntoTail(source, room) }
        do {
            try unsafe pushBlock(block, count: count - room)
        } catch {
            if room > 0 { removeLast(room) }
            throw error
        }
    }

    /// Takes back what was just copied into the tail's room; never a whole segment.
    private mutating func removeLast(_ count: Int) {
        if ringCount == 0 {
            unsafe first.length &-= UInt32(count)
        } else {
            unsafe slot(Int(ringCount) - 1).pointee.length &-= UInt32(count)
            laterCount &-= count
        }
        tailRoom &+= UInt32(count)
    }

    private func takeCopyBlock(for count: Int) throws(BlockPoolError) -> UnsafeMutablePointer<BlockHeader> {
        let usual = min(max(ByteChain.smallestCopyBlock, self.count), ByteChain.largestCopyBlock)
        return try unsafe takeHeader(minimumCapacity: max(count, usual))
    }

    /// Makes `block` the tail, with `count` bytes at its start. Releases it when there is no room in the ring.
    @inlinable
    mutating func pushBlock(_ block: UnsafeMutablePointer<BlockHeader>, count: Int) throws(BlockPoolError) {
        let segment = unsafe ByteSegment(
            header: block, start: block.payload, count: count, isExclusive: true)
        do {
            try unsafe push(segment, room: block.capacity - count)
        } catch {
            unsafe block.release()
            throw error
        }
    }

    /// Appends shared bytes: short ones are copied, so that they leave together with their neighbours; longer ones are
    /// referred to.
    ///
    /// When the pool refuses a block, nothing was appended.
    @inlinable
    public mutating func append(_ bytes: consuming SharedBytes) throws(BlockPoolError) {
        if bytes.count <= ByteChain.copyThreshold {
            try append(copying: bytes.bytes)
        } else {
            try appendReference(bytes)
        }
    }

    /// Appends shared bytes without copying them, however few.
    @usableFromInline
    mutating func appendReference(_ bytes: consuming SharedBytes) throws(BlockPoolError) {
        let segment = unsafe ByteSegment(
            header: bytes._header, start: bytes._start, count: bytes.count, isExclusive: false)
        guard unsafe segment.length > 0 else { return }
        precondition(bytes.count <= Int(UInt32.max), "a segment of 4 GiB or more")
        unsafe segment.retain()
        do {
            try unsafe push(segment, room: 0)
        } catch {
            unsafe segment.release()
            throw error
        }
    }

    /// Moves everything in `chain` to the end, without copying.
    ///
    /// When the pool refuses a block, nothing was appended, and `chain` is lost.
    public mutating func append(_ chain: consuming ByteChain) throws(BlockPoolError) {
        try append(allOf: &chain)
    }

    /// The same; when the pool refuses a block, `chain` is as it was.
    mutating func append(allOf chain: inout ByteChain) throws(BlockPoolError) {
        guard !chain.isEmpty else { return }
        // The first segment of an empty chain needs no slot in the ring.
        let slots = chain.segmentCount - (isEmpty ? 1 : 0)
        while Int(ringCapacity) < Int(ringCount) + slots { try growRing() }
        let room = chain.tailRoom
        while !chain.isEmpty {
            try unsafe push(chain.first, room: 0)
            chain.popFirst()
        }
        tailRoom = room
    }

    /// Lets `body` write up to `preferred` bytes straight into the chain: into the last block's room when that has at
    /// least `minimum` bytes, else into a new block. What it wrote becomes part of the chain, also when it throws.
    ///
    /// A new block into which nothing was written goes back at once.
    ///
    /// - Precondition: `minimum` is positive, and at most `preferred`.
    /// - Throws: what `body` throws; `BlockPoolError` when there is no block: none is longer than 1 MiB.
    public mutating func withTailRoom<R>(
        minimum: Int = 1, preferred: Int, _ body: (inout OutputRawSpan) throws -> R
    ) throws -> R {
        precondition(minimum > 0, "room for nothing")
        if Int(tailRoom) >= minimum {
            return try fillTail(body)
        }
        let block = try pool.take(minimumCapacity: max(minimum, preferred))
        try reserveSegment()
        return try fill(block, body)
    }
}
