import Glibc
import MillpondPools
import Testing

@testable import MillpondIO

/// Pieces taken from a reader are looked at and released by other threads while the reader goes on in the same blocks.
@Suite(.timeLimit(.minutes(5))) struct SharingAcrossThreadsTests {
    @Test func piecesOutliveTheReadersCalls() async throws {
        let pool = BlockPool()
        var random = SeededGenerator(seed: 11)
        let data = randomBytes(200_000, &random)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            let source = ChunkingSource(MemorySource(data), sizes: 1...3000, seed: 11)
            var reader = BufferedReader(source, pool: pool)
            var position = 0
            while position < 190_000 {
                let count = 1 + Int(random.next() % 2000)
                let expected = Array(data[position..<position + count])
                let piece = try await Held(reader.takeShared(count))
                group.addTask { piece.matches(expected) }
                try await reader.withMutableBytes(500) { bytes in
                    for index in 0..<bytes.byteCount { bytes.storeBytes(of: 0, toByteOffset: index, as: UInt8.self) }
                }
                position += count + 500
            }
            for try await matches in group { #expect(matches) }
        }
        #expect(pool.statistics().outstandingBytes == 0)
    }

    /// Shared bytes that a task may capture.
    final class Held: Sendable {
        let bytes: SharedBytes

        init(_ bytes: consuming SharedBytes) { self.bytes = bytes }

        func matches(_ expected: [UInt8]) -> Bool { bytes.withUnsafeBytes { Array($0) } == expected }
    }
}
