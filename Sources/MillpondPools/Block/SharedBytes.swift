/// An immutable run of bytes, shared by reference count.
///
/// Three words: the block's header, where the bytes start, how many there are. The count lives in the block, so that
/// sharing allocates nothing; when the last value that refers to a block goes, the block returns to its pool, from any
/// thread. Sharing is always visible: `clone`, `slice` and `splitPrefix` add a reference, moving does not.
///
///     Block ──freeze──▶ SharedBytes ──clone/slice──▶ SharedBytes …
///                             │                          │
///                             └────────┬─────────────────┘
///                                      ▼
///                       [header: count 2][payload ……………]
///
/// Bytes of static memory (a literal, or none at all) have no header and need no counting.
@frozen
@safe
public struct SharedBytes: ~Copyable, @unchecked Sendable {
    // Sendable: the bytes are never written again, and the count is atomic.

    /// The block the bytes lie in, one reference to it; nil for immortal memory.
    @usableFromInline package var _header: UnsafeMutablePointer<BlockHeader>?
    /// The first byte.
    @usableFromInline package var _start: UnsafeMutableRawPointer
    /// How many bytes.
    @usableFromInline package var _count: Int

    /// Takes over one reference to the block (if any). `_start` and `_count` must lie within its payload.
    @inlinable
    package init(_header: UnsafeMutablePointer<BlockHeader>?, _start: UnsafeMutableRawPointer, _count: Int) {
        unsafe self._header = _header
        unsafe self._start = _start
        self._count = _count
    }

    @inlinable
    deinit {
        unsafe _header?.release()
    }

    /// No bytes.
    @inlinable
    public init() {
        self.init("" as StaticString)
    }

    /// The bytes of a literal, where they lie in the program. Nothing is copied.
    @inlinable
    public init(_ literal: StaticString) {
        if literal.hasPointerRepresentation {
            unsafe self.init(
                _header: nil, _start: UnsafeMutableRawPointer(mutating: literal.utf8Start),
                _count: literal.utf8CodeUnitCount)
        } else {
            self.init(immortalCopyOf: literal)
        }
    }

    /// A literal of a single character may be held by value; its few bytes are copied to memory that is never freed.
    @usableFromInline
    init(immortalCopyOf literal: StaticString) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 4, alignment: 1)
        let count = literal.withUTF8Buffer { utf8 in
            unsafe UnsafeMutableRawBufferPointer(start: memory, count: 4).copyBytes(from: utf8)
            return utf8.count
        }
        unsafe self.init(_header: nil, _start: memory, _count: count)
    }

    /// A copy of `source` in a block of `pool`.
    ///
    /// - Throws: what `BlockPool.take(minimumCapacity:)` throws.
    @inlinable
    public init(copying source: RawSpan, from pool: BlockPool = .shared) throws(BlockPoolError) {
        if source.isEmpty {
            self.init()
            return
        }
        var block = try pool.take(minimumCapacity: source.byteCount)
        block.copy(source)
        self = block.freeze(count: source.byteCount)
    }

    /// How many bytes there are.
    @inlinable
    public var count: Int { _count }

    /// Whether there are none.
    @inlinable
    public var isEmpty: Bool { _count == 0 }

    /// A view of the bytes.
    @inlinable
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(_start), byteCount: _count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Calls `body` with the memory of the bytes. The pointer must not be used after `body` returns.
    @inlinable
    public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: _start, count: _count))
    }
}
