public import MillpondPools

/// Reads values from a source through pooled blocks.
///
///     var reader = BufferedReader(source)
///     let length = try await reader.readInteger(as: UInt32.self)
///     try await reader.withBytes(Int(length)) { payload in … }
///
/// - Every method takes its synchronous path when the bytes are at hand, and suspends only to read more.
/// - Bytes are read once, into a block, and shown there. A view lives as long as the closure it was given to; the
///   compiler refuses to keep it, and to touch the reader meanwhile.
/// - A reader with nothing buffered holds no block, also while it waits.
/// - Methods that consume a value consume all of it or nothing: when one throws, the bytes that had come are still
///   there and the next call starts with them.
/// - At the end of the stream a method throws `IOError.endOfStream` when not one byte of its value had come, else
///   `unexpectedEnd`. The end, and an error of the source's `read`, are remembered: the source isn't asked again. An
///   error of a wait (a deadline, `CancellationError`) isn't: reading may go on.
/// - One contiguous view can be no larger than the pool's largest block (1 MiB); beyond, methods throw
///   `bufferUnavailable`.
public struct BufferedReader<Source: ByteSource & ~Copyable>: ~Copyable {
    /// Where the bytes come from. Reading from it directly skips what is buffered.
    public var source: Source
    @usableFromInline var chain: ByteChain
    @usableFromInline var end: StreamEnd
    @usableFromInline var size: ReadSize
    /// What was read since `mark(limit:)`; nil until the first mark.
    @usableFromInline var mark: ReaderMark?

    /// A reader over `source`, which starts with `buffered` where another reader left bytes behind.
    @inlinable
    public init(_ source: consuming Source, pool: BlockPool = .shared) {
        self.source = source
        self.chain = ByteChain(pool: pool)
        self.end = StreamEnd()
        self.size = ReadSize()
        self.mark = nil
    }

    /// A reader that first yields `buffered`: what another reader's `takeBuffered()` left.
    @inlinable
    public init(_ source: consuming Source, buffered: consuming ByteChain) {
        self.source = source
        self.chain = buffered
        self.end = StreamEnd()
        self.size = ReadSize()
        self.mark = nil
    }

    /// How many bytes can be consumed without asking the source.
    @inlinable
    public var bufferedCount: Int { chain.count }

    /// How many of them lie in one piece at the front.
    @inlinable
    public var contiguousCount: Int { chain.firstSegmentCount }

    /// Whether the source has ended or failed; buffered bytes can still be consumed.
    @inlinable
    public var isEnded: Bool { end.isReached }

    /// How the stream ended: `endOfStream` or the source's error; `nil` while it lasts.
    @inlinable
    public var endingError: IOError? { end.error }
}

/// How much to read at a time: 4 KiB at first, doubled up to 64 KiB when reads fill what they are given, halved again
/// after several that bring little. One byte.
@usableFromInline
struct ReadSize {
    /// Low five bits: the logarithm of the size. High three: small reads in a row.
    @usableFromInline var state: UInt8

    @inlinable
    init() { state = 12 }

    @inlinable var bytes: Int { 1 &<< Int(state & 31) }

    @inlinable
    @inline(__always)
    mutating func record(_ got: Int, of room: Int) {
        if got == room {
            if room &* 2 >= bytes { state = min(state & 31 &+ 1, 16) }
        } else if got &* 4 <= bytes {
            guard state & 31 > 12 else { return }
            if state >= 0xE0 { state = state & 31 &- 1 } else { state &+= 32 }
        } else {
            state &= 31
        }
    }
}
