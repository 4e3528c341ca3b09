import MillpondIO
import MillpondNet
import MillpondPools
import MillpondWebSocket

/// An HTTP connection under load. It reads what a response's length says and no more: responses must have a
/// `Content-Length`.
// Sound: made, used and dropped on its reactor; Sendable so that the run can keep it between its phases.
final class HTTPLoad: ConnectionDriver, LoadConnection, @unchecked Sendable {
    private let run: LoadRun
    private let recorder: LoadRecorder
    private let request: [UInt8]
    private var reader: BufferedReader<SocketSource>
    @exclusivity(unchecked) var due = DueTimes()
    @exclusivity(unchecked) private(set) var closeReason: String?

    init(channel: Channel, run: LoadRun, recorder: LoadRecorder, url: WebSocketURL) {
        self.run = run
        self.recorder = recorder
        request = Array("GET \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\n\r\n".utf8)
        reader = BufferedReader(SocketSource(channel))
        super.init(channel: channel)
    }

    var isOpen: Bool { channel.isOpen }

    override func closed(_ reason: CloseReason) {
        if closeReason == nil, reason != .peerClosed { closeReason = "\(reason)" }
    }

    func close() { channel.close() }

    func sendRequest(due time: UInt64) {
        due.append(time)
        do {
            try request.withUnsafeBytes { try channel.write(RawSpan(_unsafeBytes: $0)) }
        } catch {
            channel.close()
        }
    }

    override func run() async -> Next {
        do {
            while true {
                if reader.bufferedCount == 0 {
                    switch try reader.tryFill() {
                    case .wouldBlock: return .park
                    case .endOfStream:
                        // By the server, which has said no more.
                        closeReason = ""
                        return .close
                    case .bytes: break
                    }
                }
                let answer = try await reader.readHeaderBlock()
                let (status, length) = answer.withUnsafeBytes { Self.read(String(decoding: $0, as: UTF8.self)) }
                guard let length else {
                    closeReason = "a response without a Content-Length that can be read"
                    return .close
                }
                try await reader.skip(length)
                let now = LoadPlan.now
                guard let time = due.takeOldest() else { return .close }
                recorder.answered(status, nanoseconds: now - time)
                run.sendNext(on: self, now: now)
            }
        } catch {
            closeReason = "\(error)"
            return .close
        }
    }

    /// The status and the length of a response's head.
    private static func read(_ text: String) -> (status: Int, length: Int?) {
        var lines = text.split(whereSeparator: \.isNewline).makeIterator()
        let status = lines.next()?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        if status == 204 || status == 304 { return (status, 0) }
        while let line = lines.next() {
            guard line.prefix(15).lowercased() == "content-length:" else { continue }
            return (status, UInt32(line.dropFirst(15).trimmingPrefix(while: { $0 == " " })).map { Int($0) })
        }
        return (status, nil)
    }
}
