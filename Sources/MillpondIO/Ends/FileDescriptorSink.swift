internal import Glibc

/// Writes a file descriptor in blocking mode: a regular file, or a pipe whose reader may be waited for on this thread.
///
/// For sockets and descriptors in non-blocking mode use the network layer; here `EAGAIN` is an error. A pipe without
/// reader is `EPIPE` only where the process ignores `SIGPIPE`.
public struct FileDescriptorSink: ByteSink, ~Copyable {
    /// The descriptor.
    public let descriptor: Int32
    private let ownsDescriptor: Bool

    /// Writes to `descriptor` where it stands. It is closed with the sink unless `owned` is false.
    public init(_ descriptor: Int32, owned: Bool = true) {
        self.descriptor = descriptor
        self.ownsDescriptor = owned
    }

    /// Creates or truncates a file. C: `open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)`.
    public init(creating path: String, mode: UInt32 = 0o644) throws(IOError) {
        let opened = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard opened >= 0 else { throw .system(errno: errno, operation: "open") }
        self.init(opened)
    }

    deinit {
        if ownsDescriptor { _ = Glibc.close(descriptor) }
    }

    /// C: `writev(2)`, repeated while interrupted and until the chain is empty.
    public mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        while !chain.isEmpty {
            let written = unsafe chain.withIOVectors(maximum: ByteChain.maximumVectors) { vectors, count in
                unsafe writev(descriptor, vectors, count)
            }
            if written > 0 {
                chain.removeFirst(written)
            } else if written == 0 {
                throw .noProgress
            } else if errno != EINTR {
                throw .system(errno: errno, operation: "writev")
            }
        }
        return .complete
    }

    /// C: `write(2)`, repeated while interrupted.
    public mutating func write(direct bytes: RawSpan) throws(IOError) -> Int {
        try unsafe bytes.withUnsafeBytes { (buffer) throws(IOError) in
            while true {
                let written = unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
                if written >= 0 { return written }
                if errno != EINTR { throw .system(errno: errno, operation: "write") }
            }
        }
    }

    /// Returns at once: the write itself waits.
    public mutating func waitUntilWritable() async throws {}

    public mutating func transferDescriptor() async throws -> Int32? { descriptor }
}
