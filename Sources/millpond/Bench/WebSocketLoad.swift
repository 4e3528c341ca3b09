import MillpondNet
import MillpondWebSocket

/// A WebSocket connection under load: answers come in the order of the requests.
// Sound: made, used and dropped on its reactor; Sendable so that the run can keep it between its phases.
class WebSocketLoad: WebSocketHandler, LoadConnection, @unchecked Sendable {
    let run: LoadRun
    private(set) var socket: WebSocket?
    /// When the requests without an answer were due, oldest first, from `head` on.
    private var due: [UInt64] = []
    private var head = 0

    init(run: LoadRun) {
        self.run = run
    }

    /// Opens the connection; the caller runs on the reactor that it is to live on.
    func connect(to url: String) async throws {
        var request = try WebSocketClient.Request(url)
        request.timeout = .seconds(run.options.timeout)
        request.options.idleTimeout = .seconds(24 * 3600)
        socket = try await WebSocketClient.connect(request, handler: self)
    }

    var pending: Int { due.count - head }
    var isOpen: Bool { socket?.isOpen == true }

    func close() {
        socket?.channel.close()
        socket = nil
    }

    func sendRequest(due time: UInt64) {
        due.append(time)
        do {
            try write()
        } catch {
            close()
        }
    }

    /// Sends the bytes of a request.
    func write() throws {}

    /// Whether a message is the answer to a request, and with which status.
    func status(of payload: RawSpan) -> Int? { 0 }

    func message(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) async throws {
        guard let status = status(of: payload) else { return }
        guard head < due.count else { return run.recorder.failed("an answer that nothing asked for") }
        run.recorder.answered(status, nanoseconds: LoadPlan.now - due[head])
        head += 1
        if head == due.count {
            due.removeAll(keepingCapacity: true)
            head = 0
        }
        _ = run.sendNext(on: self)
    }

    func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String) {
        self.socket = nil
    }
}

/// Sends the same binary message again and again to a server that echoes.
// Sound: as for its superclass, used on its reactor only.
final class EchoLoad: WebSocketLoad, @unchecked Sendable {
    private let payload: [UInt8]

    init(run: LoadRun, size: Int) {
        payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        super.init(run: run)
    }

    override func write() throws {
        guard let socket else { return }
        try payload.withUnsafeBytes { try socket.send(RawSpan(_unsafeBytes: $0)) }
    }

    override func status(of payload: RawSpan) -> Int? { payload.byteCount == self.payload.count ? 200 : 500 }
}

/// An account that is signed in and talks, or only listens.
// Sound: as for its superclass, used on its reactor only.
final class ChatLoad: WebSocketLoad, @unchecked Sendable {
    private var template = KIMTemplate("chat.talk.ack")
    private var count = 0
    private var isTalking = false
    /// Body of the answer to a request made before the load.
    private var answer: [UInt8]?
    private var answerStatus = 0

    /// Connects and signs in.
    func signIn(to url: String, account: String, tokens: ChatTokens) async throws {
        try await connect(to: url)
        let body = Protobuf.text(1, tokens.token(for: account))
        let status = try await ask("login.signin", body: body).status
        if status != 0 { throw CommandFailure("login of \(account) was answered with status \(status)") }
    }

    /// What the load consists of.
    func talk(_ command: String, to destination: String, text: String) {
        template = KIMTemplate(command, to: destination, body: Protobuf.number(1, 1) + Protobuf.text(2, text))
        isTalking = true
    }

    /// One request and its answer, before the load.
    func ask(_ command: String, body: [UInt8]) async throws -> (status: Int, body: [UInt8]) {
        guard let socket else { throw CommandFailure("the server closed the connection") }
        var request = KIMTemplate(command, body: body)
        request.number(count)
        count += 1
        answer = nil
        try socket.send(request.bytes.span.bytes)
        let end = LoadPlan.now + UInt64(run.options.timeout * 1e9)
        while answer == nil {
            guard isOpen else { throw CommandFailure("the server closed the connection at \(command)") }
            guard LoadPlan.now < end else {
                throw CommandFailure("no answer to \(command) within \(run.options.timeout) s")
            }
            try await socket.channel.reactor.sleep(for: .milliseconds(1))
        }
        return (answerStatus, answer ?? [])
    }

    override func write() throws {
        template.number(count)
        count += 1
        guard let socket else { return }
        try template.bytes.withUnsafeBytes { try socket.send(RawSpan(_unsafeBytes: $0)) }
    }

    override func status(of payload: RawSpan) -> Int? {
        guard let packet = KIMAnswer(payload) else { return 500 }
        if packet.flag == 2 {
            run.recorder.delivered()
            return nil
        }
        if isTalking { return Int(packet.status) }
        answerStatus = Int(packet.status)
        answer = payload.withUnsafeBytes { Array($0[packet.body]) }
        return nil
    }
}
