import MillpondNet

/// An account that is signed in and talks, or only listens.
// Sound: as for its superclass, used on its reactor only.
final class ChatLoad: MessageLoad, @unchecked Sendable {
    /// What came of a request that is waited for.
    private enum Outcome {
        case answered(status: Int, body: [UInt8])
        case closed
    }

    @exclusivity(unchecked) private var template = KIMTemplate("chat.talk.ack")
    @exclusivity(unchecked) private var count = 0
    /// The answer to `ask` is to come.
    @exclusivity(unchecked) private var isAsking = false
    private var outcome: Outcome?
    private var asker: UnsafeContinuation<Void, Never>?

    /// Connects and signs in.
    func signIn(to address: BenchAddress, _ signIn: ChatSignIn) async throws {
        try await connect(to: address)
        let answer = try await ask(
            "login.signin", signIn.request, within: run.timeouts.login, option: "--login-timeout")
        if answer.status != 0 {
            throw LoadError("login of \(signIn.account) was answered with status \(answer.status)")
        }
    }

    /// What the load consists of.
    func talk(_ command: String, to destination: String, text: String) {
        template = KIMTemplate(command, to: destination, body: Protobuf.number(1, 1) + Protobuf.text(2, text))
    }

    /// One request and its answer, before the load.
    ///
    /// - Parameter option: the one that sets how long to wait, for the error.
    func ask(
        _ command: String, _ request: KIMTemplate, within seconds: Double, option: String
    ) async throws -> (status: Int, body: [UInt8]) {
        guard let link, let channel = link.carrier else { throw LoadError("\(closedText), before \(command)") }
        var request = request
        request.number(count)
        count += 1
        outcome = nil
        isAsking = true
        try link.send(request.bytes.span.bytes)
        // Closes the connection, and so ends the wait: a timer is much cheaper than a task that sleeps.
        let timer = ChannelTimer(channel)
        timer.set(channel.reactor.monotonicNanoseconds + UInt64(seconds * 1e9))
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            if outcome == nil { asker = continuation } else { continuation.resume() }
        }
        timer.remove()
        if case .answered(let status, let body) = outcome { return (status, body) }
        if timer.hasFired { throw LoadError("no answer to \(command) within \(seconds.short) s (\(option))") }
        throw LoadError("\(closedText), at \(command)")
    }

    private func finish(_ outcome: Outcome) {
        guard isAsking else { return }
        isAsking = false
        self.outcome = outcome
        asker?.resume()
        asker = nil
    }

    override func write() throws {
        template.number(count)
        count += 1
        try template.bytes.withUnsafeBytes { try link?.send(RawSpan(_unsafeBytes: $0)) }
    }

    override func status(of message: RawSpan) -> Int? {
        guard let packet = KIMAnswer(message) else { return 500 }
        if packet.flag == 2 {
            recorder.delivered()
            return nil
        }
        guard isAsking else { return Int(packet.status) }
        finish(.answered(status: Int(packet.status), body: message.withUnsafeBytes { Array($0[packet.body]) }))
        return nil
    }

    override func linkClosed(_ reason: String) {
        super.linkClosed(reason)
        finish(.closed)
    }
}
