internal import CMillpond
internal import Glibc
internal import MillpondIO
internal import MillpondPools

/// Keeps a reactor from waiting for a disk: says what of a file is in memory, and has a worker bring in the rest.
///
/// By `preadv2` with `RWF_NOWAIT`. A file system that knows no such thing and is no local one is taken to be slow.
package enum FileReadAhead {
    /// Whether a read at this place would not wait. One system call.
    package static func isResident(_ descriptor: Int32, offset: Int) -> Bool {
        var byte: UInt8 = 0
        let got = unsafe withUnsafeMutableBytes(of: &byte) {
            unsafe millpond_read_cached(descriptor, $0.baseAddress.unsafelyUnwrapped, 1, Int64(offset))
        }
        return got >= 0 || errno != EAGAIN
    }

    /// Reads a part of a file into the kernel's memory on a worker's thread.
    ///
    /// - Throws: `IOError.system` when the disk fails, `WorkerPoolError` when no worker can be had,
    ///   `CancellationError`.
    package static func load(_ descriptor: Int32, offset: Int, count: Int) async throws {
        try await WorkerPool.shared.run {
            if millpond_read_ahead(descriptor, Int64(offset), count) != 0 {
                throw IOError.system(errno: errno, operation: "pread")
            }
        }
    }
}
