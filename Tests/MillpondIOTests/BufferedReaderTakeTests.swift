import MillpondPools
import Testing

@testable import MillpondIO

/// Bytes taken out of a reader, and numbers at its edges.
@Suite(.timeLimit(.minutes(5))) struct BufferedReaderTakeTests {
    private static func addresses(_ chain: borrowing ByteChain) -> [UInt] {
        var found: [UInt] = []
        chain.forEachSegment { found.append(address(of: $0)) }
        return found
    }

    @Test func takingCopiesNothing() async throws {
        let pool = BlockPool()
        var reader = BufferedReader(
            ChunkingSource(MemorySource([UInt8](repeating: 1, count: 30_000)), sizes: 3000...3000, seed: 1), pool: pool)
        while reader.bufferedCount < 20_000 { _ = try await reader.fill(contiguous: false) }
        let before = Self.addresses(reader.chain)
        #expect(before.count > 1)
        // A cut inside a piece: both sides of it lie where they lay.
        let taken = try await reader.take(15_000)
        let rest = Self.addresses(reader.chain)
        let first = Self.addresses(taken)
        #expect(first == Array(before.prefix(first.count)))
        let cut = before[first.count - 1]
        #expect(rest[0] > cut && rest[0] - cut < 15_000)
        #expect(Array(rest.dropFirst()) == Array(before.suffix(rest.count - 1)))
        // Within one piece `takeShared` copies nothing either.
        let inFirst = reader.withBuffered { address(of: $0) }
        let shared = try await reader.takeShared(100)
        #expect(Self.start(of: shared) == inFirst)
    }

    private static func start(of bytes: borrowing SharedBytes) -> UInt { address(of: bytes.bytes) }

    @Test(arguments: 1...8, [Endianness.big, .little])
    func integersOfEveryWidth(width: Int, endianness: Endianness) async throws {
        let top: UInt64 = width == 8 ? .max : (1 << (8 * UInt64(width))) - 1
        for value in [0, 1, top, top - 1, 1 << (8 * UInt64(width) - 1), 0x0102_0304_0506_0708 & top] {
            for straddle in 0...width {
                var writer = BufferedWriter(MemorySink())
                try await writer.writeInteger(value, byteCount: width, endianness: endianness)
                try await writer.flush()
                let bytes = writer.sink.bytes
                #expect(bytes.count == width)
                // In two blocks, which meet `straddle` bytes into the number.
                var reader = BufferedReader(MemorySource([]))
                try reader.feed(chain(Array(bytes[..<straddle])))
                try reader.feed(chain(Array(bytes[straddle...])))
                #expect(try await reader.readInteger(byteCount: width, endianness: endianness) == value)
                let left = reader.bufferedCount
                #expect(left == 0)
            }
        }
    }

    @Test func signedAndFixedWidthsAcrossBlocks() async throws {
        var reader = BufferedReader(MemorySource([]))
        try reader.feed(chain([0xFF]))
        try reader.feed(chain([0xFE, 0x80, 0, 0]))
        try reader.feed(chain([0, 1, 0, 0, 0, 0, 0, 0, 0x80]))
        #expect(try await reader.readInteger(as: Int16.self) == -2)
        #expect(try await reader.readInteger(as: Int32.self) == .min)
        #expect(try await reader.readInteger(as: Int64.self, endianness: .little) == .min + 1)
    }

    /// A chain of one block of its own.
    private func chain(_ bytes: [UInt8]) throws -> ByteChain {
        var chain = ByteChain()
        try chain.append(copying: bytes.span.bytes)
        return chain
    }
}
