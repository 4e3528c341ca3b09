public import MillpondPools

/// A source whose bytes another task, thread or callback pushes: for producers that can't be asked, such as a library
/// that calls back with what it received.
///
///     let source = PushSource(highWater: 64 * 1024)
///     let writer = source.makeWriter()        // Sendable: to the producer
///     var reader = BufferedReader(source)     // stays with the consumer
///
/// - Bounded: at `highWater` queued bytes the producer is told to stop, until the consumer has taken all but `lowWater`
///   of them. At most one push more than `highWater` is ever queued, and the reader holds as much again at most.
/// - Blocks are passed on, not copied; pushes of at most `ByteChain.copyThreshold` bytes are gathered in shared ones. A
///   push that need not wait allocates nothing but blocks.
/// - The stream ends with ``Writer/finish()``, or fails with ``Writer/fail(_:)``. If every writer goes away without
///   either, it fails with `IOError.abandoned`: a stream that was cut must not look complete. What was pushed before is
///   read first, always.
/// - When the source goes away, so does what is queued, and the producer gets `IOError.abandoned`.
public struct PushSource: ByteSource, ~Copyable {
    private let queue: PushQueue
    /// How long a reader waits for a push.
    public var readTimeout: Duration

    /// An open stream without bytes. `lowWater` is half of `highWater` unless given.
    public init(
        lowWater: Int? = nil, highWater: Int = 64 * 1024, readTimeout: Duration = .seconds(60),
        pool: BlockPool = .shared
    ) {
        let low = lowWater ?? highWater / 2
        precondition(highWater > 0 && low >= 0 && low < highWater, "marks of \(low) and \(highWater)")
        queue = PushQueue(low: low, high: highWater, pool: pool)
        self.readTimeout = readTimeout
    }

    deinit {
        queue.abandon()
    }

    /// The producer's side, for as many producers as one likes.
    public func makeWriter() -> Writer { Writer(queue) }

    public static var suppliesBlocks: Bool { true }

    public mutating func readBlocks(into chain: inout ByteChain) throws(IOError) -> ReadOutcome {
        try queue.take(into: &chain)
    }

    /// Copies; a reader takes the blocks instead.
    public mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        try queue.copy(into: &output)
    }

    /// Throws `IOError.timedOut` or `CancellationError`; the stream is intact then.
    public mutating func waitUntilReadable() async throws {
        try await queue.wait(.consumer, timeout: readTimeout)
    }
}
