// expect: overlapping accesses to 'reader'
import MillpondIO

/// Going back while a view of the reader's bytes is open.
func rewindInside(_ reader: inout BufferedReader<MemorySource>) async throws {
    try reader.mark(limit: 10)
    try await reader.withBytes(4) { _ in try reader.rewind() }
}
