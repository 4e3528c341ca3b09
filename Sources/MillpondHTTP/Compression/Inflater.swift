internal import CMillpondZlib
public import MillpondIO
internal import MillpondPools

/// Decompresses a stream, piece by piece, into blocks.
///
///     var inflater = try Inflater(.gzip)
///     var offset = 0
///     while offset < piece.byteCount || inflater.hasPendingOutput {
///         offset += try inflater.read(piece.extracting(droppingFirst: offset), into: &chain, limit: 64 << 10)
///         …   // what is in the chain goes on its way
///     }
///     try inflater.finish()   // when no more pieces come
///
/// What comes out is not verified before the stream's end: until then a checksum may still fail. ``InflateLimits``
/// bounds the whole, `limit` a step. Of gzip, several members in a row are one content (RFC 1952, section 2.2), and
/// zeros behind the last are padding. Its state of 40 KiB comes from a pool and goes back with it. After an error it
/// is of no more use, and throws that error again; the chain holds what was decompressed before.
public struct Inflater: ~Copyable {
    enum Phase: Sendable {
        /// Nothing has been read of what may be zlib's format or bare deflate data.
        case detecting
        /// One byte has, which could begin a zlib stream.
        case detectingSecond(UInt8)
        case inside
        /// Behind a member of gzip.
        case between
        /// In zeros behind the last member.
        case padding
        case ended
    }

    private static var stepSize: Int { 16 << 10 }

    private var state: Pooled<InflateState>
    private let format: CompressionFormat
    private let limits: InflateLimits
    private var phase: Phase
    private var failure: CompressionError?
    /// Bytes read and produced so far.
    public private(set) var inputCount = 0
    public private(set) var outputCount = 0
    /// Whether the last `read` stopped at its limit, so that more may come out without further input.
    public private(set) var hasPendingOutput = false

    /// Begins a stream.
    ///
    /// - Throws: `CompressionError` with the code `outOfMemory`.
    public init(
        _ format: CompressionFormat, limits: InflateLimits = InflateLimits()
    ) throws(CompressionError) {
        self.format = format
        self.limits = limits
        phase = format == .deflate ? .detecting : .inside
        state = InflateState.pool.take()
        if !state.value.begin(format) { throw CompressionError(.outOfMemory) }
    }

    /// Whether the content is complete. Of gzip another member may follow nevertheless.
    public var isComplete: Bool {
        switch phase {
        case .between, .padding, .ended: true
        default: false
        }
    }

    /// Decompresses from `bytes` and appends at most `limit` bytes.
    ///
    /// - Returns: how many of `bytes` are done with. Fewer than all when the limit was reached: call again with the
    ///   rest, and also when ``hasPendingOutput`` says so.
    /// - Throws: `CompressionError`: `corrupt`, `checksumMismatch`, `needsDictionary`, `trailingData`; `outputLimit` and
    ///   `ratioLimit` as the limits say; `bufferUnavailable`.
    public mutating func read(
        _ bytes: RawSpan, into output: inout ByteChain, limit: Int = .max
    ) throws(CompressionError) -> Int {
        if let failure { throw failure }
        do throws(CompressionError) {
            return try advance(bytes, into: &output, limit: limit)
        } catch {
            failure = error
            throw error
        }
    }

    /// Says that there is no more input.
    ///
    /// - Throws: `CompressionError` with the code `truncated` when the content is not complete.
    public mutating func finish() throws(CompressionError) {
        if let failure { throw failure }
        if !isComplete {
            failure = CompressionError(.truncated)
            throw CompressionError(.truncated)
        }
        phase = .ended
    }

    /// Decompresses a stream that is there as a whole, and appends the content.
    ///
    /// - Throws: as `read` and `finish`.
    public static func decompress(
        _ bytes: RawSpan, _ format: CompressionFormat, limits: InflateLimits = InflateLimits(),
        into output: inout ByteChain
    ) throws(CompressionError) {
        var inflater = try Inflater(format, limits: limits)
        _ = try inflater.read(bytes, into: &output)
        try inflater.finish()
    }

    private mutating func advance(
        _ bytes: RawSpan, into output: inout ByteChain, limit: Int
    ) throws(CompressionError) -> Int {
        var offset = 0
        var room = limit
        hasPendingOutput = false
        while true {
            let rest = bytes.extracting(droppingFirst: offset)
            switch phase {
            case .inside:
                guard room > 0 else {
                    hasPendingOutput = true
                    return offset
                }
                let (step, wasFilled) = try step(rest, into: &output, limit: room)
                offset += step.consumed
                room -= step.produced
                if step.status == mp_zlib_ended {
                    phase = format == .gzip ? .between : .ended
                } else if !wasFilled, offset == bytes.byteCount {
                    return offset
                }
            case .detecting, .detectingSecond:
                guard !rest.isEmpty else { return offset }
                offset += 1
                try detect(Self.firstByte(rest), into: &output)
            case .between, .padding, .ended:
                guard !rest.isEmpty else { return offset }
                offset += try beginMember(rest)
            }
        }
    }

    /// Tells zlib's format by its first two bytes from bare deflate data, which no compressor begins so: it would be a
    /// stored block with filling bits that are not zero.
    private mutating func detect(_ byte: UInt8, into output: inout ByteChain) throws(CompressionError) {
        inputCount += 1
        guard case .detectingSecond(let first) = phase else {
            if byte & 0x0F == 8, byte >> 4 <= 7 {
                phase = .detectingSecond(byte)
            } else {
                try beginRaw()
                try feed(byte, into: &output)
            }
            return
        }
        if (Int(first) << 8 | Int(byte)) % 31 == 0 { phase = .inside } else { try beginRaw() }
        try feed(first, into: &output)
        try feed(byte, into: &output)
    }

    /// The first of some bytes; there is one.
    private static func firstByte(_ bytes: RawSpan) -> UInt8 {
        precondition(!bytes.isEmpty, "no byte")
        // Sound: any byte is a number.
        return unsafe bytes.unsafeLoad(as: UInt8.self)
    }

    private mutating func beginRaw() throws(CompressionError) {
        guard state.value.begin(.raw) else { throw CompressionError(.outOfMemory) }
        phase = .inside
    }

    /// Hands zlib a byte that was looked at. One byte brings no content that matters to a limit.
    private mutating func feed(_ byte: UInt8, into output: inout ByteChain) throws(CompressionError) {
        inputCount -= 1
        let bytes = InlineArray<1, UInt8>(repeating: byte)
        let (step, _) = try step(unsafe bytes.span.bytes, into: &output, limit: .max)
        if step.status == mp_zlib_ended { phase = .ended }
    }

    /// Behind a stream: how many of the bytes are padding, or 0 when another member begins.
    private mutating func beginMember(_ bytes: RawSpan) throws(CompressionError) -> Int {
        let byte = Self.firstByte(bytes)
        switch phase {
        case .between where byte == 0x1F:
            guard state.value.begin(.gzip) else { throw CompressionError(.outOfMemory) }
            phase = .inside
            return 0
        case .between, .padding:
            guard byte == 0 else { throw CompressionError(.trailingData) }
            phase = .padding
            inputCount += 1
            return 1
        default: throw CompressionError(.trailingData)
        }
    }

    /// One call of zlib, and whether it filled the room it had.
    private mutating func step(
        _ bytes: RawSpan, into output: inout ByteChain, limit: Int
    ) throws(CompressionError) -> (mp_zlib_step, wasFilled: Bool) {
        let (step, wasFilled): (mp_zlib_step, Bool)
        let left = min(limit, limits.output - outputCount)
        if left > 0 {
            (step, wasFilled) = try Self.step(state.value, bytes, into: &output, limit: left)
        } else {
            step = Self.probe(state.value, bytes)
            wasFilled = false
            if step.produced > 0 { throw CompressionError(.outputLimit, limit: limits.output) }
        }
        inputCount += step.consumed
        outputCount += step.produced
        switch step.status {
        case mp_zlib_going, mp_zlib_ended: break
        case mp_zlib_mismatch: throw CompressionError(.checksumMismatch)
        case mp_zlib_dictionary: throw CompressionError(.needsDictionary)
        case mp_zlib_no_memory: throw CompressionError(.outOfMemory)
        default: throw CompressionError(.corrupt, detail: state.value.message)
        }
        if outputCount > limits.ratioFrom, outputCount / max(inputCount, 1) >= limits.ratio {
            throw CompressionError(.ratioLimit, limit: limits.ratio)
        }
        return (step, wasFilled)
    }

    private static func step(
        _ state: borrowing InflateState, _ bytes: RawSpan, into output: inout ByteChain, limit: Int
    ) throws(CompressionError) -> (mp_zlib_step, wasFilled: Bool) {
        let pointer = unsafe state.pointer
        do {
            return try output.withTailRoom(preferred: min(stepSize, max(limit, 1))) { room in
                unsafe room.withUnsafeMutableBytes { buffer, initialized in
                    unsafe bytes.withUnsafeBytes { input in
                        let free = min(buffer.count - initialized, limit)
                        let step = unsafe mp_inflate_step(
                            pointer, input.baseAddress, input.count, buffer.baseAddress! + initialized, free)
                        initialized += step.produced
                        return (step, step.produced == free)
                    }
                }
            }
        } catch {
            throw CompressionError(wrapping: error)
        }
    }

    /// Looks whether any content is left, with room for one byte of it.
    private static func probe(_ state: borrowing InflateState, _ bytes: RawSpan) -> mp_zlib_step {
        let pointer = unsafe state.pointer
        var scratch: UInt8 = 0
        return unsafe bytes.withUnsafeBytes { input in
            unsafe mp_inflate_step(pointer, input.baseAddress, input.count, &scratch, 1)
        }
    }
}
