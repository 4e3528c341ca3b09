internal import Glibc
public import MillpondIO

/// A file without a name, which is gone when its owner goes, even if the process is killed.
///
/// Its operations block, on the disk at worst: see ``SpooledContent`` for what runs them elsewhere.
public struct TemporaryFile: ~Copyable, Sendable {
    /// The open descriptor, for reading and writing; the file's own, not to be closed.
    public let descriptor: Int32
    /// How many bytes were appended.
    public private(set) var count = 0

    /// Makes an empty file in a folder. C: `open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)`; where the file system
    /// can't, with a name that is removed at once.
    ///
    /// - Throws: `IOError.system`.
    public init(in folder: String = "/tmp") throws(IOError) {
        // What <fcntl.h> has as an expression that is not imported.
        let withoutName = 0o20_000_000 | O_DIRECTORY
        let opened = unsafe open(folder, withoutName | O_RDWR | O_CLOEXEC, 0o600)
        if opened >= 0 {
            descriptor = opened
            return
        }
        guard [EOPNOTSUPP, EISDIR, EINVAL].contains(errno) else {
            throw .system(errno: errno, operation: "open", subject: folder)
        }
        descriptor = try Self.makeUnlinked(in: folder)
    }

    deinit { _ = Glibc.close(descriptor) }

    private static func makeUnlinked(in folder: String) throws(IOError) -> Int32 {
        for _ in 0..<16 {
            let path = "\(folder)/millpond-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
            let opened = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
            if opened >= 0 {
                _ = unsafe unlink(path)
                return opened
            }
            if errno != EEXIST { break }
        }
        throw .system(errno: errno, operation: "open", subject: folder)
    }

    /// Writes a chain's bytes to the end; the chain is empty afterwards.
    ///
    /// - Throws: `IOError.system`; what was written until then is counted.
    public mutating func append(_ chain: inout ByteChain) throws(IOError) {
        let before = chain.count
        var sink = FileDescriptorSink(descriptor, owned: false)
        defer { count += before - chain.count }
        _ = try sink.write(&chain)
    }

    /// Reads up to what `output` has room for, from `offset` on; nothing behind the end. C: `pread(2)`.
    public borrowing func read(at offset: Int, into output: inout OutputRawSpan) throws(IOError) {
        var code: Int32 = 0
        unsafe output.withUnsafeMutableBytes { buffer, initialized in
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[initialized...])
            while true {
                let got = unsafe pread(descriptor, room.baseAddress, room.count, offset)
                if got >= 0 {
                    initialized += got
                    return
                }
                code = errno
                if code != EINTR { return }
                code = 0
            }
        }
        if code != 0 { throw .system(errno: code, operation: "pread") }
    }

    /// Gives the file a name, under which it stays. C: `linkat` of the descriptor.
    ///
    /// - Parameter path: on the file system of the file's folder; must not exist.
    /// - Throws: `IOError.system`: `EEXIST`, `EXDEV`, or `ENOENT` where the file system can't.
    public borrowing func keep(at path: String) throws(IOError) {
        let own = "/proc/self/fd/\(descriptor)"
        guard unsafe linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
            throw .system(errno: errno, operation: "linkat", subject: path)
        }
    }
}
