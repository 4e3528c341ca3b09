import Glibc
import MillpondIO
import MillpondPools
import TestSupport
import Testing

@testable import MillpondNet

/// A plain blocking socket: a peer that does exactly what the test says.
struct BlockingPeer: ~Copyable {
    let descriptor: Int32

    init(_ address: SocketAddress) throws {
        descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        let fd = descriptor
        let code = try address.withSockaddr { connect(fd, $0, $1) }
        if code != 0 { throw IOError.system(errno: errno, operation: "connect") }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    @discardableResult
    func send(_ text: String) -> Int {
        Array(text.utf8).withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// What comes next, at most `limit` bytes; empty at the end of the stream, nil after an error or ten seconds.
    func receive(_ limit: Int = 65536) -> String? {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &buffer, limit, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }
}

/// Answers each line with itself, parks between them, and notes what happens to it.
final class LineDriver: ConnectionDriver {
    var reader: BufferedReader<SocketSource>
    let journal: Journal
    var onDeadline: DeadlineAction = .close
    var onLine: (LineDriver, String) async throws -> Void = { driver, line in
        try driver.channel.write(Array((line + "\n").utf8).span.bytes)
    }

    init(channel: Channel, journal: Journal) {
        self.journal = journal
        reader = BufferedReader(SocketSource(channel))
        super.init(channel: channel)
    }

    override func run() async -> Next {
        if channel.deadlinePassed { journal.note("deadline") }
        do {
            while true {
                if reader.bufferedCount == 0 {
                    switch try reader.tryFill() {
                    case .wouldBlock: return .park
                    case .endOfStream: return .close
                    case .bytes: break
                    }
                }
                let line = try await reader.withLine(limit: 1000) { span in
                    span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                }
                journal.note("line \(line)")
                try await onLine(self, line)
            }
        } catch {
            journal.note("error \(error)")
            return .close
        }
    }

    override func deadlineExpired() -> DeadlineAction { onDeadline }
    override func closed(_ reason: CloseReason) { journal.note("closed: \(reason)") }
}
