internal import MillpondIO
internal import MillpondPools

/// Decompresses a response's content as it comes, with a bound on what lies between.
// Sound: confined to the reactor of its response's connection, as that is.
final class ContentDecoder {
    /// What one step adds to the output at most.
    static var stepSize: Int { 64 << 10 }
    /// What is read of the compressed content at a time: what a step leaves of it is copied.
    static var inputSize: Int { 16 << 10 }

    private var inflater: Inflater
    /// Compressed bytes that the last step had no room for.
    private var rest = ByteChain()
    private var output = ByteChain()
    private var isFinished = false

    init(_ format: CompressionFormat, limits: InflateLimits) throws(CompressionError) {
        inflater = try Inflater(format, limits: limits)
    }

    /// The format that a `Content-Encoding` names; nil for one that is not ours to undo.
    static func format(_ coding: String) -> CompressionFormat? {
        switch coding.lowercased() {
        case "gzip", "x-gzip": .gzip
        case "deflate": .deflate
        default: nil
        }
    }

    /// Whether there is no more content.
    var isEnded: Bool { isFinished && output.isEmpty }
    /// Decompressed bytes to be had.
    var count: Int { output.count }
    /// Whether a step is due before more is read.
    private var hasPendingInput: Bool { !rest.isEmpty || inflater.hasPendingOutput }

    /// Makes a step with what is there already; false when more must be read first.
    func advance() throws -> Bool {
        guard hasPendingInput else { return false }
        if rest.isEmpty {
            _ = try inflater.read(RawSpan(), into: &output, limit: Self.stepSize)
            return true
        }
        let count = try rest.withFirstSegment { try inflater.read($0, into: &output, limit: Self.stepSize) }
        rest.removeFirst(count)
        return true
    }

    /// Takes compressed bytes.
    func take(_ bytes: RawSpan) throws {
        let count = try inflater.read(bytes, into: &output, limit: Self.stepSize)
        if count < bytes.byteCount { try rest.append(copying: bytes.extracting(droppingFirst: count)) }
    }

    /// Says that all compressed bytes were taken. No bytes at all are no content, of whatever coding.
    func finish() throws {
        if inflater.inputCount > 0 { try inflater.finish() }
        isFinished = true
    }

    /// Whether ``finish()`` was called.
    var hasTakenAll: Bool { isFinished }

    /// Shows at most `maximum` decompressed bytes, and forgets them.
    func show<R>(upTo maximum: Int, _ body: (RawSpan) throws -> R) rethrows -> R {
        let count = min(maximum, output.firstSegmentCount)
        defer { output.removeFirst(count) }
        return try output.withFirstSegment { try body($0.extracting(first: count)) }
    }

    /// Takes decompressed bytes out.
    func takeOutput(upTo maximum: Int) throws -> ByteChain {
        try output.takeFirst(min(maximum, output.count))
    }
}
