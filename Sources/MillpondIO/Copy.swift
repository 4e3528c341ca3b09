internal import MillpondPools

/// Moves bytes from a reader to a writer until the stream ends or `limit` bytes have passed, and returns how many did.
///
/// Nothing is copied: the blocks that the reader filled are handed on. What was read before an error has been written.
/// The writer isn't flushed.
@inlinable
public func copy<Source: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>(
    from reader: inout BufferedReader<Source>, to writer: inout BufferedWriter<Sink>, limit: Int = .max
) async throws -> Int {
    var copied = 0
    while copied < limit {
        if reader.bufferedCount == 0 {
            guard try await reader.fill(contiguous: false) else { break }
        }
        let piece = min(reader.bufferedCount, limit &- copied)
        try await writer.write(try await reader.take(piece))
        copied &+= piece
    }
    return copied
}
