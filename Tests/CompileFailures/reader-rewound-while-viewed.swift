// A reader cannot go back while a view of its bytes is open.
import MillpondIO

func use(_ reader: inout BufferedReader<MemorySource>) async throws -> Int {
    try reader.mark(limit: 10)
    return try await reader.withBytes(4) { bytes in
        try reader.rewind()  // expect: overlapping accesses to 'reader'
        return bytes.byteCount
    }
}
