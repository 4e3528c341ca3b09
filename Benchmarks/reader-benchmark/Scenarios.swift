import MillpondIO
import MillpondPools

enum Scenarios {
    static let streams = 100

    /// 100 readers in a row, each giving one packet in turn.
    @safe
    final class Readers {
        let pointer: UnsafeMutablePointer<BufferedReader<LoopSource>>

        init(_ data: UnsafeRawBufferPointer, _ network: Network) {
            unsafe pointer = .allocate(capacity: streams)
            for index in 0..<streams {
                let source = unsafe LoopSource(data, network, seed: index + 1)
                unsafe (pointer + index).initialize(to: BufferedReader(source))
            }
        }

        deinit {
            unsafe pointer.deinitialize(count: streams)
            unsafe pointer.deallocate()
        }
    }

    /// The consumer: looks at both ends.
    @inline(__always)
    static func look(_ bytes: RawSpan) -> UInt64 {
        let last = bytes.byteCount &- 1
        return unsafe UInt64(bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self))
            &+ UInt64(bytes.unsafeLoad(fromByteOffset: last, as: UInt8.self))
    }

    static func deliver(_ frame: consuming SharedBytes) -> UInt64 { look(frame.bytes) }

    static func packets(_ network: Network, _ operations: Int) async throws -> UInt64 {
        let data = unsafe pattern(count: 64 * 1024)
        defer { unsafe data.deallocate() }
        let readers = unsafe Readers(UnsafeRawBufferPointer(data), network)
        var sum: UInt64 = 0
        for _ in 0..<operations / streams {
            for index in 0..<streams {
                sum &+= try await unsafe readers.pointer[index].withBytes(1024) { look($0) }
            }
        }
        return sum
    }

    static func frames(_ network: Network, _ operations: Int) async throws -> UInt64 {
        let data = unsafe framed(64...1340, count: 64 * 1024)
        defer { unsafe data.deallocate() }
        let readers = unsafe Readers(UnsafeRawBufferPointer(data), network)
        var sum: UInt64 = 0
        for _ in 0..<operations / streams {
            for index in 0..<streams {
                let length = try await unsafe readers.pointer[index].readInteger(as: UInt32.self)
                sum &+= try await unsafe readers.pointer[index].withBytes(Int(length)) { look($0) }
            }
        }
        return sum
    }

    /// Three subscribers look at each frame while it lies in the reader's block.
    static func fanOut(_ network: Network, _ operations: Int) async throws -> UInt64 {
        let data = unsafe framed(1024...3072, count: 64 * 1024)
        defer { unsafe data.deallocate() }
        let readers = unsafe Readers(UnsafeRawBufferPointer(data), network)
        var sum: UInt64 = 0
        for _ in 0..<operations / streams {
            for index in 0..<streams {
                let length = try await unsafe readers.pointer[index].readInteger(as: UInt32.self)
                sum &+= try await unsafe readers.pointer[index].withBytes(Int(length)) { bytes in
                    look(bytes) &+ look(bytes) &+ look(bytes)
                }
            }
        }
        return sum
    }

    /// Three subscribers get a reference to each frame that they could keep.
    static func keptFanOut(_ network: Network, _ operations: Int) async throws -> UInt64 {
        let data = unsafe framed(1024...3072, count: 64 * 1024)
        defer { unsafe data.deallocate() }
        let readers = unsafe Readers(UnsafeRawBufferPointer(data), network)
        var sum: UInt64 = 0
        for _ in 0..<operations / streams {
            for index in 0..<streams {
                let length = try await unsafe readers.pointer[index].readInteger(as: UInt32.self)
                let frame = try await unsafe readers.pointer[index].takeShared(Int(length))
                for _ in 0..<3 { sum &+= deliver(frame.clone()) }
            }
        }
        return sum
    }

    static func write(_ operations: Int) async throws -> UInt64 {
        let data = unsafe pattern(count: 64)
        defer { unsafe data.deallocate() }
        var writer = BufferedWriter(LoopSink())
        let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(data.baseAddress!), byteCount: 64)
        for _ in 0..<operations { try await writer.write(bytes) }
        try await writer.flush()
        return writer.sink.total
    }

    static func pattern(count: Int) -> UnsafeMutableRawBufferPointer {
        let data = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        for index in 0..<count { unsafe data[index] = UInt8(truncatingIfNeeded: index &* 31) }
        return unsafe data
    }

    /// Frames of a big-endian length and so many bytes, one after the other, about `count` bytes of them.
    static func framed(_ lengths: ClosedRange<Int>, count: Int) -> UnsafeMutableRawBufferPointer {
        var random = SeededGenerator(seed: 7)
        var bytes: [UInt8] = []
        while bytes.count < count {
            let length = Int.random(in: lengths, using: &random)
            bytes += [0, 0, UInt8(length >> 8), UInt8(length & 255)]
            for index in 0..<length { bytes.append(UInt8(truncatingIfNeeded: index)) }
        }
        let data = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        unsafe data.copyBytes(from: bytes)
        return unsafe data
    }
}

/// What the sources cost by themselves: the same reads into one flat buffer per stream, no reader.
extension Scenarios {
    static func floor(_ network: Network, _ operations: Int) -> UInt64 {
        let data = unsafe pattern(count: 64 * 1024)
        let capacity = 8192
        let buffers = UnsafeMutableRawBufferPointer.allocate(byteCount: streams * capacity, alignment: 64)
        defer {
            unsafe data.deallocate()
            unsafe buffers.deallocate()
        }
        let sources = unsafe UniqueSources(UnsafeRawBufferPointer(data), network)
        var filled = [Int](repeating: 0, count: streams)
        var sum: UInt64 = 0
        for _ in 0..<operations / streams {
            for index in 0..<streams {
                let buffer = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: buffers[index * capacity..<(index + 1) * capacity])
                var count = filled[index]
                while count < 1024 {
                    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                    var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
                    _ = try? unsafe sources.pointer[index].read(into: &output)
                    count &+= unsafe output.finalize(for: room)
                }
                sum &+= unsafe look(RawSpan(_unsafeStart: buffer.baseAddress!, byteCount: 1024))
                filled[index] = count &- 1024
            }
        }
        return sum
    }

    @safe
    struct UniqueSources: ~Copyable {
        let pointer: UnsafeMutablePointer<LoopSource>

        init(_ data: UnsafeRawBufferPointer, _ network: Network) {
            unsafe pointer = .allocate(capacity: streams)
            for index in 0..<streams {
                unsafe (pointer + index).initialize(to: LoopSource(data, network, seed: index + 1))
            }
        }

        deinit { unsafe pointer.deallocate() }
    }
}
