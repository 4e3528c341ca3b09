import ArgumentParser
import MillpondNet

/// `millpond bench login`.
struct BenchLogin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Connect, sign in, stay, leave; each time another account.",
        discussion: """
            As with KIM's load tool the clock stops at the last login: everyone stays until then, and -k milliseconds \
            more. With --duration each one leaves -k milliseconds after its login, and another comes.
            """)

    @OptionGroup var options: BenchOptions
    @Option(name: [.customShort("k"), .long], help: "Milliseconds that connections are kept once signed in.")
    var keep = 10

    /// Nobody leaves before the last has signed in.
    private var allStay: Bool { options.duration == nil }

    func validate() throws {
        if keep < 0 || keep > 86_400_000 { throw ValidationError("-k must be between 0 and 86400000 ms, not \(keep)") }
        if options.rate != nil { throw ValidationError("--rate is not for login: each one is a connection") }
        if options.inFlight != 1 { throw ValidationError("--in-flight is not for login: each one is a connection") }
    }

    func run() async throws {
        let text = options.address ?? BenchUser.defaultAddress
        try await LoadRun.reporting(text, kind: "login", schemes: BenchAddress.chatSchemes) { address in
            let run = try LoadRun(options)
            try run.checkDescriptors(allStay ? options.requests : options.threads)
            let accounts = LoginAccounts(secret: options.secret, count: allStay ? options.requests : 0)
            let started = LoadPlan.now
            run.plan.begin()
            let progress = Task { await run.showProgress(since: started) }
            let held = await logIn(run, address, accounts)
            progress.cancel()
            let seconds = Double(LoadPlan.now - started) / 1e9
            if allStay { await run.hold(held, milliseconds: keep) }
            try await run.finish("login", address: address, connections: options.threads, seconds: seconds)
        }
    }

    /// Logs in until the plan is done. Returns the connections that stay, by reactor.
    private func logIn(
        _ run: LoadRun, _ address: BenchAddress, _ accounts: LoginAccounts
    ) async -> [[ChatLoad]] {
        let reactors = run.group.reactors
        let allStay = self.allStay
        return await withTaskGroup(of: (Int, [ChatLoad]).self) { tasks in
            for thread in 0..<options.threads {
                let place = thread % reactors.count
                tasks.addTask(executorPreference: reactors[place]) {
                    var held: [ChatLoad] = []
                    while run.plan.takeRequest() {
                        let connection = ChatLoad(run: run, recorder: run.recorders[place])
                        guard await self.signIn(connection, address, accounts.next()) else { continue }
                        if allStay {
                            held.append(connection)
                        } else {
                            try? await reactors[place].sleep(for: .milliseconds(keep))
                            connection.close()
                        }
                    }
                    return (place, held)
                }
            }
            var held = reactors.map { _ in [ChatLoad]() }
            for await (place, own) in tasks { held[place] += own }
            return held
        }
    }

    /// False when it failed, which is then counted and the connection closed.
    private func signIn(_ connection: ChatLoad, _ address: BenchAddress, _ signIn: ChatSignIn) async -> Bool {
        let began = LoadPlan.now
        do {
            try await connection.signIn(to: address, signIn)
        } catch {
            connection.recorder.failed("\(error)")
            connection.close()
            return false
        }
        connection.recorder.answered(0, nanoseconds: LoadPlan.now - began)
        return true
    }
}
