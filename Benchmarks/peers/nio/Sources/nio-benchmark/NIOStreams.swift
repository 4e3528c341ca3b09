import NIOCore

/// An endless stream over a network, read straight into the accumulating buffer, as NIO's decoders have it; but without
/// the copy from a buffer of the channel's.
struct NIOStream {
    private let data: [UInt8]
    private let chunk: ClosedRange<Int>
    private var position = 0
    private var rest = 0
    private var random: SplitMix64
    var buffer: ByteBuffer

    init(_ data: [UInt8], _ chunk: ClosedRange<Int>, index: Int) {
        self.data = data
        self.chunk = chunk
        random = SplitMix64(seed: 1000 + index)
        buffer = ByteBufferAllocator().buffer(capacity: 8192)
    }

    /// Reads until so many bytes are there.
    @inline(__always)
    mutating func need(_ count: Int) {
        while buffer.readableBytes < count { fill() }
    }

    @inline(never)
    private mutating func fill() {
        if buffer.writableBytes < 4096 { buffer.discardReadBytes() }
        if rest == 0 { rest = random.number(in: chunk) }
        let wanted = min(rest, data.count &- position)
        let (data, start) = (data, position)
        let length = unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { output in
            let length = min(wanted, output.count)
            unsafe data.withUnsafeBytes { bytes in
                unsafe output.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start &+ length]))
            }
            return length
        }
        rest &-= length
        position &+= length
        if position == data.count { position = 0 }
    }

    /// Shows the next bytes, then consumes them.
    @inline(__always)
    mutating func view(_ count: Int, _ body: (RawSpan) -> Void) {
        need(count)
        unsafe buffer.withUnsafeReadableBytes { bytes in
            unsafe body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[..<count])))
        }
        buffer.moveReaderIndex(forwardBy: count)
    }

    /// The next bytes as a buffer of their own, which shares the memory.
    @inline(__always)
    mutating func slice(_ count: Int) throws -> ByteBuffer {
        need(count)
        guard let slice = buffer.readSlice(length: count) else { throw Failure("no slice of \(count) bytes") }
        return slice
    }

    @inline(__always)
    mutating func length() throws -> Int {
        need(4)
        guard let length = buffer.readInteger(as: UInt32.self) else { throw Failure("no length") }
        return Int(length)
    }

    /// 64 KiB without structure.
    static func plain() -> [UInt8] {
        var random = SplitMix64(seed: 1)
        return (0..<64 * 1024).map { _ in UInt8(random.next() &>> 56) }
    }

    /// Frames of a big-endian length of four bytes and so many others.
    static func frames(_ lengths: ClosedRange<Int>) -> [UInt8] {
        var random = SplitMix64(seed: 7)
        var bytes: [UInt8] = []
        while bytes.count < 64 * 1024 {
            let length = random.number(in: lengths)
            bytes += [0, 0, UInt8(length >> 8), UInt8(length & 255)]
            for _ in 0..<length { bytes.append(UInt8(random.next() &>> 56)) }
        }
        return bytes
    }
}

extension Consumer {
    @inline(__always)
    mutating func take(_ slice: ByteBuffer) {
        unsafe slice.withUnsafeReadableBytes { unsafe take(RawSpan(_unsafeBytes: $0)) }
    }
}

/// What ends a scenario.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
