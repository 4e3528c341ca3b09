import MillpondIO
import MillpondNIO
import MillpondPools
import NIOCore
import Testing

@Suite("ByteBuffer to and from Millpond's bytes", .timeLimit(.minutes(5)))
struct ByteBufferTests {
    static let sizes = [0, 1, 100, 1024, 1025, 4096, 65_536, 1 << 20, 3 << 20]
    let pool = testPool()

    @Test("bytes come back as they went", arguments: sizes)
    func roundTrip(_ size: Int) throws {
        let bytes = pattern(size)
        let shared = try SharedBytes(ByteBuffer(bytes: bytes), pool: pool)
        #expect(array(shared) == bytes)
        #expect(array(ByteBuffer(copying: shared)) == bytes)

        var chain = ByteChain(pool: pool)
        try chain.append(ByteBuffer(bytes: bytes))
        #expect(chain.count == size)
        #expect(array(ByteBuffer(copying: chain)) == bytes)
        #expect(chain.count == size)
    }

    @Test("only what is readable counts")
    func readablePart() throws {
        let bytes = pattern(5000)
        var buffer = ByteBuffer(bytes: bytes)
        buffer.moveReaderIndex(forwardBy: 1000)
        buffer.moveWriterIndex(to: 4500)
        let slice = try #require(buffer.getSlice(at: 2000, length: 1500))
        let shared = try SharedBytes(buffer, pool: pool)
        let part = try SharedBytes(slice, pool: pool)
        #expect(array(shared) == Array(bytes[1000..<4500]))
        #expect(array(part) == Array(bytes[2000..<3500]))
        #expect(address(part) == address(shared) + 1000)
    }

    @Test("nothing is copied on the way in, and the storage lives as long as the last reference")
    func inwardsSharesMemory() throws {
        let bytes = pattern(10_000)
        var kept = SharedBytes()
        do {
            let buffer = ByteBuffer(bytes: bytes)
            let shared = try SharedBytes(buffer, pool: pool)
            #expect(address(shared) == address(buffer))
            kept = shared.slice(9000..<10_000)
        }
        #expect(array(kept) == Array(bytes[9000...]))
        #expect(pool.statistics().outstanding == 1)
        kept = SharedBytes()
        #expect(pool.statistics().outstanding == 0)
    }

    @Test("whatever is written to the buffer afterwards, shared bytes stay as they were", arguments: 0..<50)
    func writesCopyFirst(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var buffer = ByteBuffer(bytes: pattern(4096, seed: UInt64(seed)))
        var expected: [[UInt8]] = []
        var shares: [SharedHolder] = []
        for step in 0..<40 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: buffer.setInteger(UInt64(step), at: buffer.readerIndex + buffer.readableBytes / 2)
            case 1: buffer.writeBytes(pattern(Int.random(in: 0..<3000, using: &random)))
            case 2: buffer.moveReaderIndex(forwardBy: buffer.readableBytes / 3)
            case 3: buffer.discardReadBytes()
            case 4: buffer.reserveCapacity(minimumWritableBytes: Int.random(in: 0..<9000, using: &random))
            case 5: buffer.withUnsafeMutableReadableBytes { bytes in for index in bytes.indices { bytes[index] ^= 85 } }
            case 6: buffer.clear()
            default:
                expected.append(array(buffer))
                shares.append(SharedHolder(try SharedBytes(buffer, pool: pool)))
            }
            for (share, bytes) in zip(shares, expected) { #expect(array(share.bytes) == bytes) }
        }
        shares = []
        #expect(pool.statistics().outstanding == 0)
    }

    @Test("a chain refers to long buffers and copies short ones")
    func chains() throws {
        var chain = ByteChain(pool: pool)
        let short = ByteBuffer(bytes: pattern(ByteChain.copyThreshold))
        let long = ByteBuffer(bytes: pattern(ByteChain.copyThreshold + 1))
        try chain.append(short)
        try chain.append(long)
        #expect(array(chain) == array(short) + array(long))
        #expect(addresses(chain)[1] == address(long))
        #expect(addresses(chain)[0] != address(short))
    }

    @Test("bytes of a buffer that are changed in place are copied first")
    func changesInPlace() throws {
        let bytes = pattern(3000)
        let buffer = ByteBuffer(bytes: bytes)
        var chain = ByteChain(pool: pool)
        try chain.append(buffer)
        try chain.withMutableContiguous(3000) { view in view.withUnsafeMutableBytes { $0[0] = ~bytes[0] } }
        #expect(array(buffer) == bytes)
        #expect(array(chain) == [~bytes[0]] + bytes[1...])
    }

    @Test("a chain of many pieces becomes one buffer, behind what was there")
    func manyPieces() throws {
        var chain = ByteChain(pool: pool)
        var expected = pattern(7)
        var buffer = ByteBuffer(bytes: expected)
        for size in [1, 2000, 30, 5000, 1024, 1025, 0, 70_000] {
            try chain.append(ByteBuffer(bytes: pattern(size, seed: UInt64(size))))
            expected += pattern(size, seed: UInt64(size))
        }
        #expect(chain.segmentCount > 4)
        #expect(buffer.writeChain(chain) == chain.count)
        #expect(array(buffer) == expected)
    }

    @Test("a pool at its budget refuses, and keeps nothing")
    func refused() throws {
        let small = testPool(budget: 512)
        let block = try small.take(minimumCapacity: 512)
        var chain = ByteChain(pool: small)
        let buffer = ByteBuffer(bytes: pattern(2000))
        #expect(throws: BlockPoolError.self) { try chain.append(buffer) }
        #expect(throws: BlockPoolError.self) { _ = try SharedBytes(buffer, pool: small).count }
        let left = chain.count
        #expect(left == 0)
        #expect(block.capacity == 512)
    }

    @Test("a buffered writer fills a buffer")
    func sink() async throws {
        var writer = BufferedWriter(ByteBufferSink(capacity: 100), pool: pool, highWater: 4096)
        try await writer.writeInteger(UInt16(0x0102))
        try await writer.write(try SharedBytes(ByteBuffer(bytes: pattern(9000)), pool: pool))
        let sink = try await writer.finish()
        #expect(array(sink.buffer) == [1, 2] + pattern(9000))
        #expect(pool.statistics().outstanding == 0)
    }
}

/// Shared bytes in an array, which cannot hold them as they are.
private final class SharedHolder {
    let bytes: SharedBytes
    init(_ bytes: consuming SharedBytes) { self.bytes = bytes }
}
