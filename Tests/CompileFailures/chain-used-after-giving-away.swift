// expect: 'chain' used after consume
import MillpondIO

/// A chain appended to while it is another's.
func useAfterGivingAway(_ writer: inout BufferedWriter<MemorySink>) async throws -> Int {
    let chain = ByteChain()
    try await writer.write(chain)
    return chain.count
}
