// A field's view cannot be kept past the closure it was given to.
import MillpondIO

func use(_ reader: inout BufferedReader<MemorySource>) async throws -> Int {
    var kept = RawSpan()
    try await reader.forEachHeaderField { _, value in
        _ = value.byteCount
        kept = value  // expect: lifetime-dependent variable 'kept' escapes its scope
    }
    return kept.byteCount
}
