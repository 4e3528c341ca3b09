internal import CMillpondZlib
public import MillpondIO
internal import MillpondPools

/// Compresses a stream, piece by piece, into blocks.
///
///     var deflater = try Deflater(.gzip)
///     try deflater.write(piece, into: &chain)   // as often as there are pieces
///     try deflater.finish(into: &chain)
///
/// What comes out is appended to the chain; it lags behind what went in until `flush` or `finish`, the further the
/// better the input compresses. Its state of 256 KiB comes from a pool and goes back with it, so that a stream
/// allocates nothing while there are idle ones. After an error it is of no more use, and throws that error again.
///
/// The work is CPU time on the caller's thread: of source text some 15 ms for a megabyte at the fastest
/// level, 50 ms at the standard one. Long inputs in one call hold a reactor up.
public struct Deflater: ~Copyable {
    /// Room for a step's output: a block of this size is taken when the chain's last one is full.
    private static var stepSize: Int { 16 << 10 }
    /// Less than this at the end of a block is left empty. A flush needs at least 6 bytes.
    private static var leastRoom: Int { 64 }

    private var state: Pooled<DeflateState>
    private var failure: CompressionError?
    /// Bytes taken and produced so far.
    public private(set) var inputCount = 0
    public private(set) var outputCount = 0
    /// Whether `finish(into:)` was called.
    public private(set) var isEnded = false

    /// Begins a stream.
    ///
    /// - Throws: `CompressionError` with the code `outOfMemory`.
    public init(
        _ format: CompressionFormat = .gzip, level: CompressionLevel = .standard
    ) throws(CompressionError) {
        state = DeflateState.pool.take()
        if !state.value.begin(format, level) { throw CompressionError(.outOfMemory) }
    }

    /// Compresses all of `bytes`.
    ///
    /// - Throws: `CompressionError` with the code `ended` after `finish(into:)`, and `bufferUnavailable`.
    public mutating func write(_ bytes: RawSpan, into output: inout ByteChain) throws(CompressionError) {
        guard !bytes.isEmpty || isEnded else { return }
        try run(bytes, flush: mp_zlib_no_flush, into: &output)
    }

    /// Compresses all bytes of `input`, which is empty then; its blocks are released as they are done with.
    ///
    /// - Throws: as ``write(_:into:)-(RawSpan,_)``; `input` then begins with the piece that failed.
    public mutating func write(_ input: inout ByteChain, into output: inout ByteChain) throws(CompressionError) {
        while !input.isEmpty {
            let count = input.firstSegmentCount
            try input.withFirstSegment { (piece) throws(CompressionError) in try write(piece, into: &output) }
            input.removeFirst(count)
        }
    }

    /// Appends everything that was written so far, so that the reader can decompress all of it. Costs a few bytes, and
    /// some of the compression.
    ///
    /// - Throws: as ``write(_:into:)-(RawSpan,_)``.
    public mutating func flush(into output: inout ByteChain) throws(CompressionError) {
        try run(RawSpan(), flush: mp_zlib_sync_flush, into: &output)
    }

    /// Appends the rest and ends the stream.
    ///
    /// - Throws: as ``write(_:into:)-(RawSpan,_)``.
    public mutating func finish(into output: inout ByteChain) throws(CompressionError) {
        try run(RawSpan(), flush: mp_zlib_finish, into: &output)
        isEnded = true
    }

    /// Compresses bytes that are there as a whole, and appends the stream.
    ///
    /// - Throws: `CompressionError` with the code `outOfMemory` or `bufferUnavailable`.
    public static func compress(
        _ bytes: RawSpan, _ format: CompressionFormat = .gzip, level: CompressionLevel = .standard,
        into output: inout ByteChain
    ) throws(CompressionError) {
        var deflater = try Deflater(format, level: level)
        try deflater.write(bytes, into: &output)
        try deflater.finish(into: &output)
    }

    private mutating func run(
        _ bytes: RawSpan, flush: Int32, into output: inout ByteChain
    ) throws(CompressionError) {
        if let failure { throw failure }
        if isEnded { throw CompressionError(.ended) }
        do throws(CompressionError) {
            try step(bytes, flush: flush, into: &output)
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func step(
        _ bytes: RawSpan, flush: Int32, into output: inout ByteChain
    ) throws(CompressionError) {
        var offset = 0
        while true {
            let rest = bytes.extracting(droppingFirst: offset)
            let (step, wasFilled) = try Self.step(state.value, rest, flush: flush, into: &output)
            offset += step.consumed
            inputCount += step.consumed
            outputCount += step.produced
            if step.status == mp_zlib_corrupt { throw CompressionError(.corrupt, detail: "compressor misused") }
            if step.status == mp_zlib_ended { return }
            // Room left over means that nothing waits to come out.
            if !wasFilled, offset == bytes.byteCount, flush != mp_zlib_finish { return }
        }
    }

    /// One call of zlib, and whether it filled the room it had.
    private static func step(
        _ state: borrowing DeflateState, _ bytes: RawSpan, flush: Int32, into output: inout ByteChain
    ) throws(CompressionError) -> (mp_zlib_step, wasFilled: Bool) {
        let pointer = unsafe state.pointer
        do {
            return try output.withTailRoom(minimum: leastRoom, preferred: stepSize) { room in
                unsafe room.withUnsafeMutableBytes { buffer, initialized in
                    unsafe bytes.withUnsafeBytes { input in
                        let free = buffer.count - initialized
                        let step = unsafe mp_deflate_step(
                            pointer, input.baseAddress, input.count, buffer.baseAddress! + initialized, free, flush)
                        initialized += step.produced
                        return (step, step.produced == free)
                    }
                }
            }
        } catch {
            throw CompressionError(wrapping: error)
        }
    }
}

extension CompressionError {
    /// What a chain throws is the pool's error.
    init(wrapping error: any Error) {
        if let error = error as? BlockPoolError {
            self = .bufferUnavailable(error)
        } else {
            self.init(.bufferUnavailable, detail: String(describing: error))
        }
    }
}
