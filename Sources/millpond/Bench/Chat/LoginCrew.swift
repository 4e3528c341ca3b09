import MillpondNet

/// What the lanes of `bench login` have in common.
struct LoginPlan: Sendable {
    let run: LoadRun
    let target: LoadTarget
    let accounts: LoginAccounts
    /// How long each one stays after its login before the next comes; nil when all stay to the end.
    let stay: UInt64?
}

/// The lanes on one reactor. Used on that reactor.
// Sound: made and used by one task on its reactor.
final class LoginCrew: @unchecked Sendable {
    let plan: LoginPlan
    let recorder: LoadRecorder
    /// Who stays to the end.
    @exclusivity(unchecked) private var held: [ChatLoad] = []
    @exclusivity(unchecked) private var working = 0
    private var waiter: UnsafeContinuation<Void, Never>?

    init(_ plan: LoginPlan, recorder: LoadRecorder) {
        self.plan = plan
        self.recorder = recorder
    }

    /// Has accounts sign in on so many lanes until the plan is done. Returns those that stay.
    func work(lanes: Int) async -> [ChatLoad] {
        // Counted first: a lane may be done at once.
        working = lanes
        for _ in 0..<lanes { LoginLane(self).next() }
        if working > 0 {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in waiter = continuation }
        }
        defer { held = [] }
        return held
    }

    fileprivate func hold(_ connection: ChatLoad) { held.append(connection) }

    fileprivate func laneEnded() {
        working -= 1
        guard working == 0 else { return }
        waiter?.resume()
        waiter = nil
    }
}

/// One account after the other: connects, signs in, stays, leaves. It needs no task: each step comes of an event.
// Sound: used on its crew's reactor only.
private final class LoginLane: AnswerReceiver, StayReceiver, @unchecked Sendable {
    private let crew: LoginCrew
    private var signIn: ChatSignIn?
    private var began: UInt64 = 0

    init(_ crew: LoginCrew) {
        self.crew = crew
    }

    /// Begins the next login, if there is to be one.
    func next() {
        let plan = crew.plan
        while plan.run.plan.takeRequest() {
            let connection = ChatLoad(run: plan.run, recorder: crew.recorder)
            let signIn = plan.accounts.next()
            self.signIn = signIn
            began = LoadPlan.now
            do {
                return try connection.beginSigningIn(to: plan.target, signIn, for: self)
            } catch {
                crew.recorder.failed(error.description)
            }
            // Without a port or a descriptor only time helps, and there is no event to go on with.
            if plan.stay != nil { return pause() }
        }
        crew.laneEnded()
    }

    private func pause() {
        guard let reactor = Reactor.current else { return crew.laneEnded() }
        Task(executorPreference: reactor) {
            try? await reactor.sleep(for: .milliseconds(10))
            self.next()
        }
    }

    func answered(_ connection: ChatLoad, status: Int, body: RawSpan) {
        if let refusal = signIn?.refusal(status) {
            crew.recorder.failed(refusal.description)
            connection.close()
            return next()
        }
        crew.recorder.answered(0, nanoseconds: LoadPlan.now - began)
        guard let stay = crew.plan.stay else {
            crew.hold(connection)
            return next()
        }
        connection.stay(nanoseconds: stay, for: self)
    }

    func failed(_ connection: ChatLoad, _ error: LoadError) {
        crew.recorder.failed(error.description)
        next()
    }

    func left(_ connection: ChatLoad, isEarly: Bool) {
        if isEarly { crew.recorder.failed("while kept: \(connection.closedText)") }
        next()
    }
}
