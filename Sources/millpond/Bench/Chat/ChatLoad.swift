import MillpondNet

/// Whom the answer to one request of a chat connection goes to. Called on the connection's reactor. Who that is, a lane
/// of logins or a task that waits, is known only at run time, and asked once for a connection.
protocol AnswerReceiver: AnyObject {
    /// The view is gone when the call returns.
    func answered(_ connection: ChatLoad, status: Int, body: RawSpan)
    /// There was no answer, and there is no connection any more.
    func failed(_ connection: ChatLoad, _ error: LoadError)
}

/// Who wants to know when a connection that was to stay for a while is over. Called on the connection's reactor.
protocol StayReceiver: AnyObject {
    /// - Parameter isEarly: the server has closed it.
    func left(_ connection: ChatLoad, isEarly: Bool)
}

/// An account that is signed in and talks, or only listens.
// Sound: as for its superclass, used on its reactor only.
final class ChatLoad: MessageLoad, @unchecked Sendable {
    /// A request outside the load, whose answer is to come.
    private struct Question {
        let command: String
        let seconds: Double
        /// The one that sets `seconds`, for the error.
        let option: String
        let timer: ChannelTimer
        let receiver: any AnswerReceiver
    }

    /// What the load consists of.
    @exclusivity(unchecked) private var template: KIMTemplate?
    @exclusivity(unchecked) private var count = 0
    @exclusivity(unchecked) private var question: Question?
    /// To be done as soon as the connection is open.
    @exclusivity(unchecked) private var pendingSignIn: (request: KIMTemplate, receiver: any AnswerReceiver)?
    @exclusivity(unchecked) private var departure: (timer: ChannelTimer, receiver: any StayReceiver)?

    /// Connects and signs in, without a task that waits for it.
    func beginSigningIn(
        to target: LoadTarget, _ signIn: ChatSignIn, for receiver: any AnswerReceiver
    ) throws(LoadError) {
        pendingSignIn = (signIn.request, receiver)
        try open(to: target)
    }

    /// Connects and signs in.
    func signIn(to target: LoadTarget, _ signIn: ChatSignIn) async throws {
        try await connect(to: target)
        let answer = try await ask("login.signin", signIn.request, run.timeouts.login, option: "--login-timeout")
        if let refusal = signIn.refusal(answer.status) { throw refusal }
    }

    /// Sets what the load consists of.
    func talk(_ command: String, to destination: String, text: String) {
        template = KIMTemplate(command, to: destination, body: Protobuf.number(1, 1) + Protobuf.text(2, text))
    }

    /// Stays for so long, then closes.
    func stay(nanoseconds: UInt64, for receiver: any StayReceiver) {
        guard let channel = link?.carrier else { return receiver.left(self, isEarly: true) }
        let timer = ChannelTimer(channel)
        timer.set(channel.reactor.monotonicNanoseconds + nanoseconds)
        departure = (timer, receiver)
    }

    // MARK: One request and its answer

    /// - Parameters:
    ///   - seconds: how long the answer may take.
    ///   - option: the one that sets this, for the error.
    func ask(
        _ command: String, _ request: KIMTemplate, _ seconds: Double, option: String, for receiver: any AnswerReceiver
    ) {
        guard let link, let channel = link.carrier else {
            return receiver.failed(self, LoadError("\(closedText), before \(command)"))
        }
        precondition(question == nil, "a connection asks one thing at a time")
        // Closes the connection, and so ends the wait.
        let timer = ChannelTimer(channel)
        timer.set(channel.reactor.monotonicNanoseconds + UInt64(seconds * 1e9))
        question = Question(command: command, seconds: seconds, option: option, timer: timer, receiver: receiver)
        do {
            try send(request)
        } catch {
            close()
        }
    }

    /// The same for a task that waits.
    func ask(
        _ command: String, _ request: KIMTemplate, _ seconds: Double, option: String
    ) async throws -> (status: Int, body: [UInt8]) {
        let waiter = AnswerWaiter()
        return try await withUnsafeThrowingContinuation { continuation in
            waiter.continuation = continuation
            ask(command, request, seconds, option: option, for: waiter)
        }
    }

    /// Takes the question out of its place; nil when there is none.
    private func takeQuestion() -> Question? {
        guard let question else { return nil }
        self.question = nil
        question.timer.remove()
        return question
    }

    private func send(_ request: KIMTemplate) throws {
        var request = request
        if count > 0 { request.number(count) }
        count += 1
        try link?.send(request.bytes.span.bytes)
    }

    // MARK: Events

    override func linkOpened() {
        guard let signIn = pendingSignIn else { return super.linkOpened() }
        pendingSignIn = nil
        ask("login.signin", signIn.request, run.timeouts.login, option: "--login-timeout", for: signIn.receiver)
    }

    override func linkFailed(_ error: LoadError) {
        super.linkFailed(error)
        let receiver = pendingSignIn?.receiver
        pendingSignIn = nil
        receiver?.failed(self, error)
    }

    override func write() throws {
        guard template != nil else { return }
        template?.number(count)
        count += 1
        if let template { try link?.send(template.bytes.span.bytes) }
    }

    override func status(of message: RawSpan) -> Int? {
        guard let packet = KIMAnswer(message) else { return 500 }
        if packet.flag == 2 {
            recorder.delivered()
            return nil
        }
        guard let question = takeQuestion() else { return Int(Int32(truncatingIfNeeded: packet.status)) }
        question.receiver.answered(
            self, status: Int(Int32(truncatingIfNeeded: packet.status)), body: message.extracting(packet.body))
        return nil
    }

    override func linkClosed(_ reason: String) {
        super.linkClosed(reason)
        if let departure {
            self.departure = nil
            departure.timer.remove()
            return departure.receiver.left(self, isEarly: !departure.timer.hasFired)
        }
        guard let question = takeQuestion() else { return }
        let late = "no answer to \(question.command) within \(question.seconds.short) s (\(question.option))"
        let error = LoadError(question.timer.hasFired ? late : "\(closedText), at \(question.command)")
        question.receiver.failed(self, error)
    }
}

/// Has a task wait for an answer.
private final class AnswerWaiter: AnswerReceiver {
    var continuation: UnsafeContinuation<(status: Int, body: [UInt8]), any Error>?

    func answered(_ connection: ChatLoad, status: Int, body: RawSpan) {
        take()?.resume(returning: (status, body.withUnsafeBytes { Array($0) }))
    }

    func failed(_ connection: ChatLoad, _ error: LoadError) { take()?.resume(throwing: error) }

    private func take() -> UnsafeContinuation<(status: Int, body: [UInt8]), any Error>? {
        defer { continuation = nil }
        return continuation
    }
}
