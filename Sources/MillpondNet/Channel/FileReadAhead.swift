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

    /// The distance at which a range is sampled: what Linux reads ahead at once unless it is told otherwise.
    private static let sampleDistance = 128 << 10

    /// Whether reads in a range are likely not to wait: one byte in every 128 KiB of it, and the last, are in memory.
    /// What lies between them may have been given up by the kernel all the same.
    package static func isResident(_ descriptor: Int32, _ range: Range<Int>) -> Bool {
        guard let last = range.last else { return true }
        for offset in stride(from: range.lowerBound, to: last, by: sampleDistance)
        where !isResident(descriptor, offset: offset) {
            return false
        }
        return isResident(descriptor, offset: last)
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
