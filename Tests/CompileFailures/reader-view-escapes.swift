// expect: lifetime-dependent variable 'kept' escapes its scope
import MillpondIO

/// A view kept after the closure it was given to.
func keepAView(_ reader: inout BufferedReader<MemorySource>) async throws -> Int {
    var kept = RawSpan()
    try await reader.withBytes(4) { bytes in kept = bytes }
    return kept.byteCount
}
