internal import MillpondPools

/// Where the fields of a head lie in the bytes it was parsed from. The table is a pooled block, which comes with the
/// first field; nothing is allocated.
@safe
struct HTTPFieldTable: ~Copyable {
    /// Where a field's name and value lie.
    struct Entry: BitwiseCopyable {
        var nameStart: UInt32 = 0
        var nameCount: UInt32 = 0
        var valueStart: UInt32 = 0
        var valueCount: UInt32 = 0
    }

    static var entrySize: Int { 16 }

    /// How many fields there are.
    private(set) var count = 0
    private var block: Block?
    /// The block's memory, as long as there is one.
    private var entries: UnsafeMutableRawPointer?

    init() {}

    /// Forgets the fields, and keeps the block for the next ones.
    mutating func reset() { count = 0 }

    /// Forgets the fields and returns the block.
    mutating func release() {
        count = 0
        block = nil
        unsafe entries = nil
    }

    subscript(index: Int) -> Entry {
        precondition(index >= 0 && index < count, "no such field")
        // Sound: entries below `count` were written by `append`.
        return unsafe entries.unsafelyUnwrapped.load(fromByteOffset: index &* Self.entrySize, as: Entry.self)
    }

    /// Adds a field; false when no block can be had.
    mutating func append(_ entry: Entry, pool: BlockPool) -> Bool {
        let offset = count * Self.entrySize
        if offset + Self.entrySize > (block?.capacity ?? 0) {
            guard grow(to: max(512, offset * 2), pool: pool) else { return false }
        }
        // Sound: the block has room for one more entry.
        unsafe entries.unsafelyUnwrapped.storeBytes(of: entry, toByteOffset: offset, as: Entry.self)
        count &+= 1
        return true
    }

    private mutating func grow(to capacity: Int, pool: BlockPool) -> Bool {
        guard var larger = try? pool.take(minimumCapacity: capacity) else { return false }
        let used = count * Self.entrySize
        let memory = unsafe larger.withUnsafeMutableBytes { unsafe $0.baseAddress.unsafelyUnwrapped }
        if let old = unsafe entries { unsafe memory.copyMemory(from: old, byteCount: used) }
        // Sound: a block's memory stays where it is when the block is moved, and lives as long as `block` does.
        unsafe entries = memory
        block = consume larger
        return true
    }

    // MARK: Names and values

    /// The name of the field at `index`, as it was sent.
    @_lifetime(copy bytes)
    func name(at index: Int, in bytes: RawSpan) -> RawSpan {
        let field = self[index]
        return bytes.extracting(Int(field.nameStart)..<Int(field.nameStart &+ field.nameCount))
    }

    /// The value of the field at `index`, without blanks around it.
    @_lifetime(copy bytes)
    func value(at index: Int, in bytes: RawSpan) -> RawSpan {
        let field = self[index]
        return bytes.extracting(Int(field.valueStart)..<Int(field.valueStart &+ field.valueCount))
    }

    /// The place of the first field called `name`, at or after `start`. Complexity: O(fields).
    func index(of name: HTTPFieldName, from start: Int, in bytes: RawSpan) -> Int? {
        var index = start
        while index < count {
            if Int(self[index].nameCount) == name.count, name.matches(self.name(at: index, in: bytes)) { return index }
            index += 1
        }
        return nil
    }
}
