import MillpondNet

/// An account that is signed in and talks, or only listens.
// Sound: as for its superclass, used on its reactor only.
final class ChatLoad: MessageLoad, @unchecked Sendable {
    /// What came of a request that is waited for.
    private enum Outcome {
        case answered(status: Int, body: [UInt8])
        case late
        case closed
    }

    @exclusivity(unchecked) private var template = KIMTemplate("chat.talk.ack")
    @exclusivity(unchecked) private var count = 0
    /// The answer to `ask` is to come.
    @exclusivity(unchecked) private var isAsking = false
    private var outcome: Outcome?
    private var asker: UnsafeContinuation<Void, Never>?

    /// Connects and signs in.
    func signIn(to address: BenchAddress, account: String, tokens: ChatTokens) async throws {
        let token = tokens.token(for: account)
        try await connect(to: address)
        let answer = try await ask(
            "login.signin", body: Protobuf.text(1, token), within: run.options.loginTimeout, option: "--login-timeout")
        if answer.status != 0 { throw LoadError("login of \(account) was answered with status \(answer.status)") }
    }

    /// What the load consists of.
    func talk(_ command: String, to destination: String, text: String) {
        template = KIMTemplate(command, to: destination, body: Protobuf.number(1, 1) + Protobuf.text(2, text))
    }

    /// One request and its answer, before the load.
    ///
    /// - Parameter option: the one that sets how long to wait, for the error.
    func ask(
        _ command: String, body: [UInt8], within seconds: Double, option: String
    ) async throws -> (status: Int, body: [UInt8]) {
        guard let link, let reactor = Reactor.current else { throw LoadError("\(closedText), before \(command)") }
        var request = KIMTemplate(command, body: body)
        request.number(count)
        count += 1
        outcome = nil
        isAsking = true
        try link.send(request.bytes.span.bytes)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask(executorPreference: reactor) {
                // Cancelled when there is an answer.
                if (try? await reactor.sleep(for: .seconds(seconds))) != nil { self.finish(.late) }
            }
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                if outcome == nil { asker = continuation } else { continuation.resume() }
            }
            tasks.cancelAll()
        }
        switch outcome {
        case .answered(let status, let body): return (status, body)
        case .late: throw LoadError("no answer to \(command) within \(seconds.short) s (\(option))")
        case .closed, nil: throw LoadError("\(closedText), at \(command)")
        }
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
