// A reader cannot be used while a view of its bytes is alive.
import MillpondIO

func use(_ reader: inout BufferedReader<MemorySource>) async throws -> Int {
    try await reader.withBytes(4) { bytes in
        reader.consume(1)  // expect: overlapping accesses to 'reader'
        return bytes.byteCount
    }
}
