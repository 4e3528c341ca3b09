internal import Glibc
internal import MillpondPools

/// A message that did not come in one piece, put together in one place.
///
/// It grows with what has arrived, not with what a head announces: a peer that announces much and sends little costs
/// little. Up to the pool's largest block the memory is pooled; beyond that it is the allocator's, which moves pages
/// instead of bytes.
@safe
struct MessageAssembly: ~Copyable {
    private static let firstSize = 16 << 10
    private static let largestBlock = 1 << 20

    private var block: Block?
    private var base: UnsafeMutableRawPointer?
    private(set) var count = 0
    private var capacity = 0

    init() {}

    deinit {
        // Sound: without a block, `base` came from `realloc` and nobody else has it.
        if block == nil { unsafe free(base) }
    }

    var isEmpty: Bool { count == 0 }

    /// Its place in memory, which is good until it changes.
    var place: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: count) }

    /// Copies bytes to the end. So many more will follow in the same frame.
    mutating func append(_ bytes: UnsafeRawBufferPointer, following: Int) throws(BlockPoolError) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        try reserve(bytes.count, following: following)
        guard let base = unsafe base else { fatalError("room without memory") }
        unsafe (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Lets `body` append at most `remaining` bytes, and `parse` see what it appended, in place.
    mutating func fill<R>(
        remaining: Int, _ body: (inout OutputRawSpan) throws -> R, parse: (inout MutableRawSpan) throws -> Void
    ) throws -> R {
        if capacity == count { try reserve(1, following: remaining - 1) }
        guard let base = unsafe base else { fatalError("room without memory") }
        let room = unsafe UnsafeMutableRawBufferPointer(start: base + count, count: min(capacity - count, remaining))
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        let result = try body(&output)
        let added = unsafe output.finalize(for: room)
        if added > 0 {
            var bytes = unsafe MutableRawSpan(_unsafeStart: base + count, byteCount: added)
            count += added
            try parse(&bytes)
        }
        return result
    }

    mutating func removeAll() {
        if block == nil { unsafe free(base) }
        _ = block.take()
        unsafe base = nil
        count = 0
        capacity = 0
    }

    /// Room for `more` bytes, and for `following` ones after them as far as that is not much more than what came.
    private mutating func reserve(_ more: Int, following: Int) throws(BlockPoolError) {
        let needed = count + more
        if needed <= capacity { return }
        // The parser has bounded the sum by the greatest message.
        let wanted = max(needed, min(needed + following, max(Self.firstSize, 2 * capacity)))
        if wanted <= Self.largestBlock {
            var larger = try BlockPool.shared.take(minimumCapacity: wanted)
            let (source, count) = (unsafe base, self.count)
            let start: UnsafeMutableRawPointer? = unsafe larger.withUnsafeMutableBytes { target in
                if let source = unsafe source, let start = target.baseAddress {
                    unsafe start.copyMemory(from: source, byteCount: count)
                }
                return target.baseAddress
            }
            capacity = larger.capacity
            unsafe base = unsafe start
            block = consume larger
        } else {
            try growBeyondBlocks(to: wanted)
        }
    }

    private mutating func growBeyondBlocks(to wanted: Int) throws(BlockPoolError) {
        let isPooled = block != nil
        guard let larger = unsafe realloc(isPooled ? nil : base, wanted) else {
            throw .tooLarge(requested: wanted, largest: Self.largestBlock)
        }
        if isPooled, let base = unsafe base { unsafe larger.copyMemory(from: base, byteCount: count) }
        _ = block.take()
        unsafe base = unsafe larger
        capacity = wanted
    }
}
