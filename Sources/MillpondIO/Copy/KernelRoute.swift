internal import CMillpond
internal import Glibc

/// A way in which the kernel moves bytes between two descriptors.
@usableFromInline
enum KernelRoute {
    /// Between files: shares the blocks on file systems that can.
    case copyFileRange
    /// From a file to anything.
    case sendFile
    /// Where one end is a pipe.
    case splice
    /// From a socket, through a pipe.
    case spliceThroughPipe

    /// Fewer bytes than this cost less by read and write.
    @usableFromInline static var worthwhileCount: Int { 16 << 10 }
    /// How much one call may move: a call that blocks on a disk is not to hold its thread for longer than it must.
    static var largestCall: Int { 1 << 20 }
    /// Bytes after which a copy that never had to wait lets others have the thread.
    static var turn: Int { 4 << 20 }

    private enum Kind: Int32 {
        case other, file, socket, pipe
    }

    /// The best way between two descriptors, or nil when only read and write will do.
    init?(from input: Int32, to output: Int32) {
        guard let source = Kind(rawValue: millpond_descriptor_kind(input)),
            let sink = Kind(rawValue: millpond_descriptor_kind(output))
        else { return nil }
        switch (source, sink) {
        case (.file, .file): self = .copyFileRange
        case (.pipe, _), (_, .pipe): self = .splice
        case (.file, _): self = .sendFile
        case (.socket, _): self = .spliceThroughPipe
        case (.other, _): return nil
        }
    }

    /// What to try where this is not supported between the two; nil for read and write.
    var next: KernelRoute? { self == .copyFileRange ? .sendFile : nil }

    /// What came of a call.
    enum Outcome: Equatable {
        case moved(Int)
        /// The call moved nothing, and what is next decides whether that is the end.
        case nothing
        /// Not between these two, or an error that read or write will tell better.
        case unsupported
        case stopped(End, errno: Int32)
    }

    /// Which of the two ends it was.
    enum End {
        case source, sink
    }

    /// One call that moves at most `count` bytes, directly.
    func move(from input: Int32, to output: Int32, _ count: Int) -> Outcome {
        let count = min(count, Self.largestCall)
        while true {
            let moved =
                switch self {
                case .copyFileRange: millpond_copy_file_range(input, output, count)
                case .sendFile: millpond_sendfile(output, input, nil, count)
                case .splice, .spliceThroughPipe: millpond_splice(input, output, count)
                }
            if moved > 0 { return .moved(moved) }
            if moved == 0 { return .nothing }
            if errno != EINTR { return failure(errno, input, output) }
        }
    }

    private func failure(_ code: Int32, _ input: Int32, _ output: Int32) -> Outcome {
        switch code {
        case EINVAL, ENOSYS, EOPNOTSUPP, EXDEV, EBADF, EPERM, EACCES, EIO, EISDIR, ETXTBSY, EOVERFLOW, ENOMEM:
            return .unsupported
        case EAGAIN:
            if millpond_descriptor_kind(input) == Kind.socket.rawValue { return .stopped(.source, errno: code) }
            return millpond_descriptor_kind(output) == Kind.socket.rawValue
                ? .stopped(.sink, errno: code) : .unsupported
        default:
            // Reading a file or a pipe fails in none of the other ways. A socket does, and the error is told once only.
            let isSource = code != EPIPE && millpond_descriptor_kind(input) == Kind.socket.rawValue
            return .stopped(isSource ? .source : .sink, errno: code)
        }
    }

    /// The system call's name, for errors.
    var operation: StaticString {
        switch self {
        case .copyFileRange: "copy_file_range"
        case .sendFile: "sendfile"
        case .splice, .spliceThroughPipe: "splice"
        }
    }
}
