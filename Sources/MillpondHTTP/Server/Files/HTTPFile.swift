internal import CMillpond
internal import Glibc
internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// An open regular file, and what was known of it when it was opened. Closed with its last reference.
///
///     let file = try await HTTPFile.open("report.pdf")
///     response.set(.contentType, "application/pdf")
///     try await response.send(file)
public final class HTTPFile: Sendable {
    /// The descriptor; stays open as long as this lives, and stands where it was opened.
    public let descriptor: Int32
    /// Its size in bytes.
    public let count: Int
    /// When it was last written, in seconds since 1970.
    public let modified: Int
    private let modifiedNanoseconds: Int
    private let inode: UInt64

    /// Takes an open descriptor over; closes it, and is nil, when it is not that of a regular file.
    init?(adopting descriptor: Int32, _ status: millpond_file_status) {
        self.descriptor = descriptor
        count = Int(status.size)
        modified = Int(status.modified_seconds)
        modifiedNanoseconds = Int(status.modified_nanoseconds)
        inode = status.inode
        // The descriptor is closed by deinit.
        if status.kind != 1 { return nil }
    }

    deinit { _ = Glibc.close(descriptor) }

    /// Opens a file on a worker's thread. What is no regular file, such as a folder or a pipe, is refused with
    /// `EINVAL`.
    ///
    /// - Throws: `IOError.system` with the path as its subject, `WorkerPoolError`, `CancellationError`.
    public static func open(_ path: String) async throws -> HTTPFile {
        try await WorkerPool.shared.run {
            let descriptor = unsafe millpond_open_at(AT_FDCWD, path, 0)
            guard descriptor >= 0 else { throw IOError.system(errno: errno, operation: "open", subject: path) }
            // Of kind 0 when its state can't be had.
            var status = millpond_file_status()
            _ = unsafe millpond_status(descriptor, &status)
            guard let file = HTTPFile(adopting: descriptor, status) else {
                throw IOError.system(errno: EINVAL, operation: "open", subject: path)
            }
            return file
        }
    }

    /// Whether the file is as it was when it was opened. One system call.
    var isUnchanged: Bool {
        var status = millpond_file_status()
        return unsafe millpond_status(descriptor, &status) == 0 && Int(status.size) == count
            && Int(status.modified_seconds) == modified && Int(status.modified_nanoseconds) == modifiedNanoseconds
    }

    /// A strong entity tag: of when it was written, its size, and its number in the file system, so that a file put in
    /// its place with the same time and size has another.
    var eTag: [UInt8] {
        let parts = [UInt64(bitPattern: Int64(modified)), UInt64(modifiedNanoseconds), UInt64(count), inode]
        return Array("\"\(parts.map { String($0, radix: 16) }.joined(separator: "-"))\"".utf8)
    }

    /// Reads a part of the file, all of it, into a block of its own; on a worker's thread if it must come from a disk.
    ///
    /// - Throws: `HTTPFileError`, `CancellationError`.
    func read(_ range: Range<Int>) async throws -> Block {
        do {
            var block = try BlockPool.shared.take(minimumCapacity: max(1, range.count))
            if try readNow(range, into: &block) { return block }
            try await FileReadAhead.load(descriptor, offset: range.lowerBound, count: range.count)
            try readInMemory(range, into: &block)
            return block
        } catch let error where !(error is HTTPFileError || error is CancellationError) {
            throw HTTPFileError(reading: error)
        }
    }

    /// Reads what is in memory; false when it is not all there, or the file ends early.
    private func readNow(_ range: Range<Int>, into block: inout Block) throws(IOError) -> Bool {
        let got = unsafe block.withUnsafeMutableBytes { buffer in
            unsafe millpond_read_cached(
                descriptor, buffer.baseAddress.unsafelyUnwrapped, range.count, Int64(range.lowerBound))
        }
        if got == range.count { return true }
        if got >= 0 || errno == EAGAIN { return false }
        throw .system(errno: errno, operation: "preadv2")
    }

    private func readInMemory(_ range: Range<Int>, into block: inout Block) throws {
        var count = 0
        while count < range.count {
            let got = unsafe block.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    descriptor, buffer.baseAddress.unsafelyUnwrapped + count, range.count - count,
                    range.lowerBound + count)
            }
            if got < 0, errno == EINTR { continue }
            if got < 0 { throw IOError.system(errno: errno, operation: "pread") }
            if got == 0 { throw HTTPFileError.truncated }
            count += got
        }
    }
}
