// A chain that was given to a writer is the writer's.
import MillpondIO

func use(_ writer: inout BufferedWriter<MemorySink>) async throws {
    var chain = ByteChain()
    try chain.append(copying: "hello".utf8Span.span.bytes)
    try await writer.write(chain)
    try chain.append(copying: "again".utf8Span.span.bytes)  // expect: 'chain' used after consume
}
