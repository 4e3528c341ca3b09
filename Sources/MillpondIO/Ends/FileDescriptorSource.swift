internal import Glibc

/// Reads a file descriptor in blocking mode: a regular file, or a pipe whose writer may be waited for on this thread.
///
/// For sockets and descriptors in non-blocking mode use the network layer; here `EAGAIN` is an error.
public struct FileDescriptorSource: ByteSource, ~Copyable {
    /// The descriptor; -1 when the source was closed.
    public private(set) var descriptor: Int32
    private let ownsDescriptor: Bool

    /// Reads from `descriptor` where it stands. It is closed with the source unless `owned` is false.
    public init(_ descriptor: Int32, owned: Bool = true) {
        self.descriptor = descriptor
        self.ownsDescriptor = owned
    }

    /// Opens a file for reading. C: `open(path, O_RDONLY | O_CLOEXEC)`.
    public init(path: String) throws(IOError) {
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw .system(errno: errno, operation: "open") }
        self.init(opened)
    }

    deinit {
        if ownsDescriptor && descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    /// C: `read(2)`, repeated while interrupted.
    public mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        guard descriptor >= 0 else { throw .closed }
        let descriptor = self.descriptor
        return try unsafe output.withUnsafeMutableBytes { (buffer, initialized) throws(IOError) in
            let free = buffer.count - initialized
            guard free > 0, let base = buffer.baseAddress else { return .bytes(0) }
            while true {
                let got = unsafe Glibc.read(descriptor, base + initialized, free)
                if got > 0 {
                    initialized += got
                    return .bytes(got)
                }
                if got == 0 { return .endOfStream }
                if errno != EINTR { throw .system(errno: errno, operation: "read") }
            }
        }
    }

    /// Returns at once: the read itself waits.
    public mutating func waitUntilReadable() async throws {}

    public mutating func transferDescriptor() throws(IOError) -> Int32? { descriptor >= 0 ? descriptor : nil }
}
