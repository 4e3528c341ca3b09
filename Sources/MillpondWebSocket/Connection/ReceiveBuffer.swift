internal import MillpondPools

/// What was read and not yet consumed, in one pooled block. Holds none while it is empty.
///
/// It belongs to the connection's run, and to the connection itself only while the beginning of a head waits for its
/// rest; that is at most 131 bytes, kept in the smallest block.
@safe
struct ReceiveBuffer: ~Copyable {
    /// What one read asks for. Longer payloads go straight to where they are assembled.
    static let readSize = 16 << 10

    private var block: Block?
    /// The payload of `block`; not followed without one.
    private var base: UnsafeMutableRawPointer?
    private(set) var start = 0
    private(set) var end = 0

    init() {}

    var isEmpty: Bool { start == end }
    var count: Int { end - start }

    /// A view's place in memory, which is good until the buffer changes.
    func place(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        guard let base = unsafe base else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// Where the bytes at hand are, and how to be done with some of them: for what comes before the first frame.
    var unread: UnsafeRawBufferPointer { unsafe place(start..<end) }

    mutating func removeFirst(_ count: Int) {
        precondition(count <= self.count, "removing more than there is")
        start += count
    }

    /// The parser's next event.
    mutating func next(_ parser: inout WebSocketParser) throws(WebSocketError) -> WebSocketParser.Event {
        guard let base = unsafe base else { return .needMore(count: 2) }
        // Sound: the block has `end` initialised bytes, and nobody else refers to it.
        var bytes = unsafe MutableRawSpan(_unsafeStart: base, byteCount: end)
        return try parser.next(in: &bytes, at: &start)
    }

    /// Lets `body` append to what is there; `count` bytes in all must come to fit.
    mutating func fill<R>(atLeast count: Int, _ body: (inout OutputRawSpan) throws -> R) throws -> R {
        try makeRoom(for: max(count, self.count + 1))
        guard let base = unsafe base, let capacity = block?.capacity else { fatalError("room without a block") }
        let room = unsafe UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end)
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        let result = try body(&output)
        end += unsafe output.finalize(for: room)
        return result
    }

    /// Copies bytes to the end: what another reader of the same connection had read too much.
    mutating func append(_ bytes: RawSpan) throws(BlockPoolError) {
        if bytes.byteCount == 0 { return }
        try makeRoom(for: count + bytes.byteCount)
        guard let base = unsafe base else { fatalError("room without a block") }
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(start: base + end, count: source.count).copyMemory(from: source)
        }
        end += bytes.byteCount
    }

    /// Gives the block back when it is empty, and a large one for a small one when little is left.
    mutating func settle() throws(BlockPoolError) {
        if isEmpty { return removeAll() }
        guard let capacity = block?.capacity, capacity > 1024, count <= 1024 else { return }
        try move(to: BlockPool.shared.take(minimumCapacity: max(512, count)))
    }

    mutating func removeAll() {
        _ = block.take()
        unsafe base = nil
        start = 0
        end = 0
    }

    private mutating func makeRoom(for count: Int) throws(BlockPoolError) {
        if isEmpty {
            start = 0
            end = 0
        }
        // What is left over is short, so that moving it is cheaper than a short read.
        if let capacity = block?.capacity, capacity >= start + count, capacity - end >= Self.readSize / 2 { return }
        try move(to: BlockPool.shared.take(minimumCapacity: max(Self.readSize, count)))
    }

    private mutating func move(to target: consuming Block) {
        var newBlock = target
        let source = unsafe base
        let (from, count) = (start, count)
        unsafe base = unsafe newBlock.withUnsafeMutableBytes { target in
            if let source = unsafe source, count > 0, let start = target.baseAddress {
                unsafe start.copyMemory(from: source + from, byteCount: count)
            }
            return target.baseAddress
        }
        block = consume newBlock
        start = 0
        end = count
    }
}
