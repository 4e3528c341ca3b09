internal import CMillpond
internal import Glibc
internal import MillpondPools

/// The pipe between a socket and what it is spliced to, which `splice` can't do without. Closed with the value.
struct TransferPipe: ~Copyable {
    /// Many small segments of a socket need many of the pipe's pages.
    static var capacity: Int { 256 << 10 }

    let readEnd: Int32
    let writeEnd: Int32
    /// Bytes that have left the source and not reached the sink.
    var held = 0

    /// A new pipe, or nil when the process has no descriptors left.
    init?() {
        var ends: (Int32, Int32) = (-1, -1)
        let status = unsafe withUnsafeMutableBytes(of: &ends) { buffer in
            unsafe millpond_pipe(buffer.baseAddress!.assumingMemoryBound(to: Int32.self), Int32(Self.capacity))
        }
        guard status == 0 else { return nil }
        readEnd = ends.0
        writeEnd = ends.1
    }

    deinit {
        _ = Glibc.close(readEnd)
        _ = Glibc.close(writeEnd)
    }

    /// Reads back what it holds to the end of `chain`: for a copy that stops in between.
    mutating func drain(into chain: inout ByteChain) throws {
        while held > 0 {
            let before = chain.count
            let (end, wanted) = (readEnd, held)
            try chain.withTailRoom(preferred: min(held, 64 << 10)) { output in
                try unsafe output.withUnsafeMutableBytes { buffer, initialized in
                    let room = min(buffer.count - initialized, wanted)
                    var got: Int
                    repeat {
                        got = unsafe Glibc.read(end, buffer.baseAddress.unsafelyUnwrapped + initialized, room)
                    } while got < 0 && errno == EINTR
                    guard got > 0 else { throw IOError.system(errno: errno, operation: "read") }
                    initialized += got
                }
            }
            held -= chain.count - before
        }
    }
}
