/// A block of pooled memory with one owner, who may write it.
///
/// One pointer wide. When the owner lets go of it (end of scope, overwritten, dropped with what contains it) the block
/// returns to the pool it came from, from whatever thread that happens on; there is no `put` to forget or to call
/// twice. `freeze` gives up the right to write and turns a part of it into `SharedBytes`.
///
/// The memory is *not* cleared: until written it holds zeros or what an earlier owner left there.
@frozen
@safe
public struct Block: ~Copyable, @unchecked Sendable {
    // Sendable: the pointer is the only reference to the block, and moves with it.
    @usableFromInline package let header: UnsafeMutablePointer<BlockHeader>

    /// Takes over the one reference to a block that has no other.
    @inlinable
    package init(adopting header: UnsafeMutablePointer<BlockHeader>) {
        unsafe self.header = header
    }

    @inlinable
    deinit {
        unsafe BlockPool.putBack(header)
    }

    /// Bytes of memory in the block: that of its size class, at least what was asked for.
    @inlinable
    public var capacity: Int { unsafe header.capacity }

    /// The whole block, `capacity` bytes. What has not been written since `take` is unspecified, though initialised.
    @inlinable
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(header.payload), byteCount: capacity)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The whole block for writing, `capacity` bytes.
    @inlinable
    public var mutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            let span = unsafe MutableRawSpan(_unsafeStart: header.payload, byteCount: capacity)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// Calls `body` with the memory of the block. The pointer must not be used after `body` returns.
    @inlinable
    public mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeMutableRawBufferPointer(start: header.payload, count: capacity))
    }

    /// Gives up the block for its bare header, and with it one reference that the caller must release.
    @inlinable
    package consuming func detach() -> UnsafeMutablePointer<BlockHeader> {
        let header = unsafe self.header
        discard self
        return unsafe header
    }
}
