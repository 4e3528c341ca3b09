import Glibc

/// A plain blocking socket: a peer that does exactly what the test says, and shares no code with the server.
public final class PlainSocket {
    public struct Failure: Error { public let reason: String }

    public let descriptor: Int32
    /// Whether the peer has ended the connection.
    public private(set) var isEnded = false
    private var pending: [UInt8] = []

    /// Connects to a port of this machine. Waits for anything at most ten seconds.
    public init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(reason: "socket: errno \(errno)") }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let fd = descriptor
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(reason: "connect: errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends all of it; false when the peer has gone.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// What has come; empty at the end of the stream or after a reset, nil when nothing is there yet.
    public func receiveNow() -> [UInt8]? { receive(flags: Int32(MSG_DONTWAIT)) }

    /// What comes next; empty at the end of the stream or after a reset, nil when nothing has come in ten seconds.
    public func receive() -> [UInt8]? { receive(flags: 0) }

    /// All that comes until the peer closes, or says nothing for ten seconds; ``isEnded`` tells which.
    public func receiveAll() -> [UInt8] {
        var all: [UInt8] = []
        while let more = receive(), !more.isEmpty { all += more }
        return all
    }

    private func receive(flags: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, flags)
        if count < 0, errno == EAGAIN { return nil }
        isEnded = count <= 0
        return count <= 0 ? [] : Array(buffer[..<count])
    }

    /// So many bytes; waits ten seconds for each part of them.
    public func receive(exactly count: Int) throws -> [UInt8] {
        while pending.count < count {
            let more = receive()
            guard let more, !more.isEmpty else {
                let reason = more == nil ? "nothing in ten seconds" : "closed"
                throw Failure(reason: "\(reason) after \(pending.count) of \(count) bytes")
            }
            pending += more
        }
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    /// Asks for a page and waits for all of the answer.
    public func get(_ path: String, closes: Bool = false) throws -> (status: Int, body: String) {
        request(path, closes: closes)
        return try answer()
    }

    @discardableResult
    public func request(_ path: String, closes: Bool = false) -> Bool {
        send("GET \(path) HTTP/1.1\r\nHost: a\r\n\(closes ? "Connection: close\r\n" : "")\r\n")
    }

    /// The next answer, which must have a `Content-Length`.
    public func answer() throws -> (status: Int, body: String) {
        while true {
            if let answer = try wholeAnswer() { return answer }
            guard let more = receive() else { throw Failure(reason: "no answer in ten seconds") }
            if more.isEmpty { throw Failure(reason: "closed after \(pending.count) bytes") }
            pending += more
        }
    }

    /// The next answer, if all of it has come. Nil when it has not, or never will.
    public func answerNow() throws -> (status: Int, body: String)? {
        while let more = receiveNow(), !more.isEmpty { pending += more }
        return try wholeAnswer()
    }

    private func wholeAnswer() throws -> (status: Int, body: String)? {
        guard let end = pending.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) else { return nil }
        let lines = String(decoding: pending[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "")
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
        guard let status, let count = Int(length ?? "") else { throw Failure(reason: "not an answer: \(lines)") }
        guard pending.count >= end.upperBound + count else { return nil }
        let body = String(decoding: pending[end.upperBound..<end.upperBound + count], as: UTF8.self)
        pending.removeFirst(end.upperBound + count)
        return (status, body)
    }
}
