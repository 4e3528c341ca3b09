// expect: lifetime-dependent variable 'kept' escapes its scope
import MillpondIO

/// A field's view kept after the closure it was given to.
func keepAField(_ reader: inout BufferedReader<MemorySource>) async throws -> Int {
    var kept = RawSpan()
    try await reader.forEachHeaderField { _, value in kept = value }
    return kept.byteCount
}
