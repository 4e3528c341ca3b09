public import MillpondPools

/// A source that hands another one's bytes on and writes a copy of each to a sink, in the same order.
///
/// The sink gets the bytes as they are read, which a buffered reader does ahead of what it consumes. While more than
/// `bound` bytes wait for the sink, nothing is read; the end of the stream is reported when it has taken everything.
/// The sink's errors come out of `read(into:)`, as the base's do.
public struct TeeSource<Base: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>: ByteSource, ~Copyable {
    /// Where the bytes come from.
    public var base: Base
    /// Where copies of them go.
    public var sink: Sink
    private let bound: Int
    private var pending: ByteChain
    private var isWaitingForSink = false

    /// A source that copies what is read from `base` to `sink`.
    public init(_ base: consuming Base, to sink: consuming Sink, bound: Int = 64 * 1024, pool: BlockPool = .shared) {
        precondition(bound > 0, "a bound of \(bound)")
        self.base = base
        self.sink = sink
        self.bound = bound
        pending = ByteChain(pool: pool)
    }

    /// Copies that wait for the sink.
    public var pendingCount: Int { pending.count }

    public mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        isWaitingForSink = false
        if pending.count >= bound {
            _ = try sink.write(&pending)
            if pending.count >= bound { return waitForSink() }
        }
        let room = min(output.freeCapacity, bound)
        var copies = pending.takeAll()
        defer { pending = copies.takeAll() }
        let base = try readBase(into: &output, room, &copies)
        if !copies.isEmpty { _ = try sink.write(&copies) }
        if base == .endOfStream, !copies.isEmpty { return waitForSink() }
        return base
    }

    private mutating func waitForSink() -> ReadOutcome {
        isWaitingForSink = true
        return .wouldBlock
    }

    private mutating func readBase(
        into output: inout OutputRawSpan, _ room: Int, _ copies: inout ByteChain
    ) throws(IOError) -> ReadOutcome {
        // Room for the copy first: what was read must not be without one.
        return try output.withFirstFree(room) { (part) throws(IOError) in
            let outcome: ReadOutcome
            do throws(IOError) {
                outcome = try base.read(into: &part)
            } catch {
                try Self.append(part.bytes, to: &copies)
                throw error
            }
            try Self.append(part.bytes, to: &copies)
            return outcome
        }
    }

    private static func append(_ bytes: RawSpan, to copies: inout ByteChain) throws(IOError) {
        do throws(BlockPoolError) {
            try copies.append(copying: bytes)
        } catch {
            throw .bufferUnavailable(error)
        }
    }

    /// Waits for the sink while it is behind, else for the base.
    public mutating func waitUntilReadable() async throws {
        if isWaitingForSink { try await sink.waitUntilWritable() } else { try await base.waitUntilReadable() }
    }
}
