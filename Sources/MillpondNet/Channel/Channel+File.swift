internal import CMillpond
internal import Glibc
internal import MillpondIO
internal import MillpondPools

/// Sending a file without showing it to the process.
extension Channel {
    /// How much of a file is looked at, and brought into memory, at a time.
    private static let fileWindow = 4 << 20
    /// The most that one call sends: others wait for it.
    private static let fileCall = 2 << 20
    /// Bytes after which a transfer that never had to wait lets other connections have the thread.
    private static let fileTurn = 4 << 20
    /// The pieces in which a file is read that `sendfile` refuses.
    private static let readSize = 64 << 10

    /// Sends bytes of a file behind everything that was queued, by `sendfile`, and waits while the peer is slow: for
    /// each part at most the connection's write time-out. The file's own position stays.
    ///
    /// Nothing is buffered, however slow the peer is. What is not in the kernel's memory is brought there by a worker
    /// first, a few mebibytes at a time, so that the reactor does not wait for a disk; one byte in 128 KiB is looked
    /// at, and what the kernel has given up between two of them is waited for. Bytes that are queued from elsewhere
    /// meanwhile go between the parts.
    ///
    /// - Parameters:
    ///   - descriptor: a regular file, open for reading, that stays open until this returns.
    ///   - offset: where to begin.
    ///   - count: how many bytes to send at most.
    ///   - ignoresCancellation: whether a task that is cancelled goes on; the write time-out bounds it all the same.
    /// - Returns: how many have been handed to the kernel: fewer than `count` only where the file ended before.
    /// - Throws: `IOError.closed` or `.timedOut` when the connection ended, `.system` when the file can't be read,
    ///   `CancellationError`. Part of the bytes may have been sent then.
    public func sendFile(
        _ descriptor: Int32, offset: Int, count: Int, ignoresCancellation: Bool = false
    ) async throws -> Int {
        precondition(offset >= 0 && count >= 0, "a negative offset or number of bytes")
        var sent = 0
        var resident = 0
        var turn = Self.fileTurn
        while sent < count {
            if sent >= resident {
                resident = min(count, sent + Self.fileWindow)
                if !FileReadAhead.isResident(descriptor, offset + sent..<offset + resident) {
                    do {
                        try await FileReadAhead.load(descriptor, offset: offset + sent, count: resident - sent)
                    } catch is CancellationError where ignoresCancellation {
                        // No worker waits for a task that is cancelled. Then the reactor does.
                    }
                }
            }
            // The file's first bytes travel in one segment with what was queued before them.
            if !outbox.isEmpty { sendQueued(more: true) }
            try await waitUntilSendable(ignoresCancellation: ignoresCancellation)
            var position = Int64(offset + sent)
            let moved = unsafe millpond_sendfile(
                id.descriptor, descriptor, &position, min(resident - sent, Self.fileCall))
            if moved > 0 {
                sent += moved
                turn -= moved
                if turn <= 0 {
                    turn = Self.fileTurn
                    await Task.yield()
                }
                continue
            }
            if moved == 0 { return sent }
            switch errno {
            case EINTR: continue
            case EINVAL, ENOSYS, EOPNOTSUPP, EOVERFLOW:
                return try await sent + sendByReading(descriptor, offset + sent, count - sent, ignoresCancellation)
            case EBADF, EIO, EISDIR, ENOMEM, EPERM, EACCES, ESTALE:
                throw IOError.system(errno: errno, operation: "sendfile")
            case let code:
                sendingStopped(code)
                if code != EAGAIN { throw closedError() }
            }
        }
        return sent
    }

    /// For files that only `read` works on: those that the kernel makes up, which lie on no disk.
    private func sendByReading(
        _ descriptor: Int32, _ offset: Int, _ count: Int, _ ignoresCancellation: Bool
    ) async throws -> Int {
        var sent = 0
        while sent < count {
            try await drain(ignoresCancellation: ignoresCancellation)
            let wanted = min(count - sent, Self.readSize)
            var got = 0
            var failure: Int32 = 0
            try write(capacity: wanted) { output in
                unsafe output.withUnsafeMutableBytes { buffer, initialized in
                    repeat {
                        got = unsafe pread(
                            descriptor, buffer.baseAddress.unsafelyUnwrapped + initialized, wanted, offset + sent)
                    } while got < 0 && errno == EINTR
                    if got < 0 { failure = errno }
                    initialized += max(0, got)
                }
            }
            if got < 0 { throw IOError.system(errno: failure, operation: "pread") }
            if got == 0 { break }
            sent += got
        }
        try await drain(ignoresCancellation: ignoresCancellation)
        return sent
    }
}
