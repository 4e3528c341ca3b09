import MillpondIO

/// How a network cuts a stream: the range of a chunk's length.
struct Network {
    let chunk: ClosedRange<Int>

    init(chunk: ClosedRange<Int>) { self.chunk = chunk }

    /// From the end of a scenario's name: `1024-4096`.
    init?(_ text: some StringProtocol) {
        let ends = text.split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] > 0, ends[0] <= ends[1] else { return nil }
        self.init(chunk: ends[0]...ends[1])
    }
}

/// The bytes of all streams, which repeat for ever.
@safe
struct StreamData: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    /// 64 KiB without structure.
    static func plain() -> StreamData {
        var random = SplitMix64(seed: 1)
        return StreamData((0..<64 * 1024).map { _ in UInt8(random.next() &>> 56) })
    }

    /// Frames of a big-endian length of four bytes and so many others; 64 KiB, and the rest of the last one.
    static func frames(_ lengths: ClosedRange<Int>) -> StreamData {
        var random = SplitMix64(seed: 7)
        var bytes: [UInt8] = []
        while bytes.count < 64 * 1024 {
            let length = random.number(in: lengths)
            bytes += [0, 0, UInt8(length >> 8), UInt8(length & 255)]
            for _ in 0..<length { bytes.append(UInt8(random.next() &>> 56)) }
        }
        return StreamData(bytes)
    }

    private init(_ content: [UInt8]) {
        unsafe bytes = .allocate(byteCount: content.count, alignment: 64)
        unsafe bytes.copyBytes(from: content)
    }

    deinit { unsafe bytes.deallocate() }
}

/// An endless stream over a network: a read brings the next chunk, or as much of it as there is room for.
@safe
struct NetworkSource: ByteSource, ~Copyable {
    // The memory outlives the sources: the scenarios free it last.
    private let data: UnsafeRawPointer
    private let count: Int
    private let chunk: ClosedRange<Int>
    private var position = 0
    private var rest = 0
    private var random: SplitMix64

    init(_ data: borrowing StreamData, _ network: Network, index: Int) {
        unsafe self.data = UnsafeRawPointer(data.bytes.baseAddress.unsafelyUnwrapped)
        count = unsafe data.bytes.count
        chunk = network.chunk
        random = SplitMix64(seed: 1000 + index)
    }

    @inline(__always)
    mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        if rest == 0 { rest = random.number(in: chunk) }
        let length = min(rest, output.freeCapacity, count &- position)
        output.append(copying: unsafe RawSpan(_unsafeStart: data + position, byteCount: length))
        rest &-= length
        position &+= length
        if position == count { position = 0 }
        return .bytes(length)
    }

    mutating func waitUntilReadable() async throws {}
}

/// A hundred readers, each of a stream of its own.
@safe
final class Readers {
    static let count = 100
    private let data: StreamData
    let pointer: UnsafeMutablePointer<BufferedReader<NetworkSource>>

    init(_ data: consuming StreamData, _ network: Network) {
        self.data = data
        unsafe pointer = .allocate(capacity: Self.count)
        for index in 0..<Self.count {
            let source = NetworkSource(self.data, network, index: index)
            unsafe (pointer + index).initialize(to: BufferedReader(source))
        }
    }

    deinit {
        unsafe pointer.deinitialize(count: Self.count)
        unsafe pointer.deallocate()
    }
}
