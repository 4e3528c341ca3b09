// expect: overlapping accesses to 'reader'
import MillpondIO

/// The reader used while a view of its bytes is alive.
func readMeanwhile(_ reader: inout BufferedReader<MemorySource>) async throws {
    try await reader.withBytes(4) { bytes in
        reader.consume(bytes.byteCount)
    }
}
