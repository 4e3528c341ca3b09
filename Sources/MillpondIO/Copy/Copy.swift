internal import MillpondPools

/// Moves bytes from a reader to a writer until the stream ends or `limit` bytes have passed, and returns how many did.
///
/// Where both ends are descriptors, the kernel moves the bytes without showing them to the process: `copy_file_range`
/// between files, `sendfile` from a file to anything else, `splice` where one end is a pipe, and through a pipe of its
/// own from a socket. Where the system refuses one, the next is tried, and in the end blocks, as between all other
/// ends: they are handed on, not copied.
///
/// What the reader and the writer have buffered goes first. The writer isn't flushed at the end; what the kernel moved
/// has left already.
///
/// - Throws: what reading or writing throws, and sticks in the reader or the writer that it belongs to. Bytes that had
///   left the reader are in the writer or past it: after an error of a wait, `copy` again goes on where this one
///   stopped. ``copy(from:to:limit:counting:)`` tells how many they were.
@inlinable
public func copy<Source: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>(
    from reader: inout BufferedReader<Source>, to writer: inout BufferedWriter<Sink>, limit: Int = .max
) async throws -> Int {
    var total = 0
    try await copy(from: &reader, to: &writer, limit: limit, counting: &total)
    return total
}

/// The same, adding to `total` what passes, so that it is known after an error, too.
@inlinable
public func copy<Source: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>(
    from reader: inout BufferedReader<Source>, to writer: inout BufferedWriter<Sink>, limit: Int = .max,
    counting total: inout Int
) async throws {
    precondition(limit >= 0, "a negative number of bytes")
    var rest = limit
    if reader.bufferedCount > 0 { try await copyBuffered(from: &reader, to: &writer, &rest, &total) }
    if rest >= KernelRoute.worthwhileCount, !reader.isMarked {
        try await copyInKernel(from: &reader, to: &writer, &rest, &total)
    }
    while rest > 0 {
        if reader.bufferedCount == 0 {
            guard try await reader.fill(contiguous: false) else { return }
        }
        try await copyBuffered(from: &reader, to: &writer, &rest, &total)
    }
}

/// Hands the blocks on that the reader holds, at most `rest` bytes of them.
@inlinable
func copyBuffered<Source: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>(
    from reader: inout BufferedReader<Source>, to writer: inout BufferedWriter<Sink>,
    _ rest: inout Int, _ total: inout Int
) async throws {
    // Room first: what has been taken from the reader must find its place in the writer.
    try await writer.makeRoom()
    let count = min(reader.bufferedCount, rest)
    guard count > 0 else { return }
    let bytes = try await reader.take(count)
    do throws(BlockPoolError) {
        try writer.chain.append(bytes)
    } catch {
        throw writer.lost(.bufferUnavailable(error))
    }
    rest &-= count
    total &+= count
}
