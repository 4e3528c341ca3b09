// A view cannot be kept past the closure it was given to.
import MillpondIO

func use(_ reader: inout BufferedReader<MemorySource>) async throws -> Int {
    var kept = RawSpan()
    try await reader.withBytes(4) { bytes in
        _ = bytes.byteCount
        kept = bytes  // expect: lifetime-dependent variable 'kept' escapes its scope
    }
    return kept.byteCount
}
