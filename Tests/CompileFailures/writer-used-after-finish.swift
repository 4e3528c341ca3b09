// What is written after the last flush would never leave.
import MillpondIO

func use() async throws -> [UInt8] {
    var writer = BufferedWriter(MemorySink())
    try await writer.writeInteger(UInt16(1))
    let sink = try await writer.finish()
    try await writer.writeInteger(UInt16(2))  // expect: 'writer' used after consume
    return sink.bytes
}
