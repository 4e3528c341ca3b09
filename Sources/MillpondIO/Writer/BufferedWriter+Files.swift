internal import CMillpond
internal import Glibc
internal import MillpondPools

extension BufferedWriter where Sink: ~Copyable {
    /// Writes `count` bytes of a file from `offset` on, behind what has gathered; the file's own position stays.
    ///
    /// By `sendfile` where the sink is a descriptor: those bytes have left when the call returns, and so has what
    /// gathered before. Few bytes (less than 16 KiB) and other sinks go through the buffer.
    ///
    /// - Throws: `unexpectedEnd` when the file is shorter; what it had has been written, as `got` says. An error of
    ///   reading the file concerns this call only; one of the sink sticks.
    public mutating func write(
        contentsOf file: borrowing FileDescriptorSource, offset: Int, count: Int
    ) async throws {
        precondition(offset >= 0 && count >= 0, "a negative offset or number of bytes")
        try await makeRoom()
        let descriptor = file.descriptor
        guard descriptor >= 0 else { throw IOError.closed }
        var written = 0
        if count >= KernelRoute.worthwhileCount {
            try await sendFile(descriptor, offset, count, &written)
        }
        while written < count {
            try await makeRoom()
            let got = try readFile(descriptor, offset + written, min(count - written, highWater))
            if got == 0 { throw IOError.unexpectedEnd(needed: count, got: written) }
            written += got
        }
    }

    private mutating func sendFile(
        _ descriptor: Int32, _ offset: Int, _ count: Int, _ written: inout Int
    ) async throws {
        var idle = 0
        while written < count {
            guard let output = try await transferDescriptor() else { return }
            var position = Int64(offset + written)
            let wanted = min(count - written, KernelRoute.largestCall)
            let moved = unsafe millpond_sendfile(output, descriptor, &position, wanted)
            if moved > 0 {
                written += moved
                idle = 0
                // Others of this thread get their turn.
                if written % KernelRoute.turn < moved { await Task.yield() }
                continue
            }
            if moved == 0 { return }
            switch errno {
            case EINTR: continue
            case EAGAIN where millpond_descriptor_kind(output) != 2: return
            case EINVAL, ENOSYS, EOPNOTSUPP, EBADF, EPERM, EACCES, EIO, EISDIR, EOVERFLOW, ENOMEM: return
            case let code: try handle(.sink, code, .sendFile, &idle)
            }
        }
    }

    /// C: `pread(2)`, repeated while interrupted.
    private mutating func readFile(_ descriptor: Int32, _ offset: Int, _ count: Int) throws -> Int {
        let before = chain.count
        do {
            try chain.withTailRoom(minimum: min(count, 512), preferred: min(count, 64 << 10)) { output in
                try unsafe output.withUnsafeMutableBytes { buffer, initialized in
                    let room = min(buffer.count - initialized, count)
                    var got: Int
                    repeat {
                        got = unsafe pread(
                            descriptor, buffer.baseAddress.unsafelyUnwrapped + initialized, room, offset)
                    } while got < 0 && errno == EINTR
                    guard got >= 0 else { throw IOError.system(errno: errno, operation: "pread") }
                    initialized += got
                }
            }
        } catch let error as BlockPoolError {
            throw IOError.bufferUnavailable(error)
        }
        return chain.count - before
    }
}
