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
        try await LoadRun.perform(
            options, at: BenchAddress.chatDefault, kind: "login", schemes: BenchAddress.chatSchemes
        ) { run, target in
            try run.checkDescriptors(allStay ? options.requests : options.threads)
            let accounts = LoginAccounts(secret: options.secret, count: allStay ? options.requests : 0)
            try await tryOnce(run, target)
            let stay = allStay ? nil : UInt64(keep) * 1_000_000
            let plan = LoginPlan(run: run, target: target, accounts: accounts, stay: stay)
            let started = LoadPlan.now
            run.plan.begin()
            let progress = Task { await run.showProgress(since: started) }
            let held = await logIn(plan)
            progress.cancel()
            let seconds = Double(LoadPlan.now - started) / 1e9
            if allStay { await run.hold(held, milliseconds: keep) }
            try await run.finish("login", on: target, connections: options.threads, seconds: seconds)
        }
    }

    /// Signs one account in on each reactor, which is not counted: what is wrong with the server or the secret is said
    /// once, and what a process does the first time is not taken for the cost of a login.
    private func tryOnce(_ run: LoadRun, _ target: LoadTarget) async throws {
        let tokens = ChatTokens(secret: options.secret)
        for (place, reactor) in run.group.reactors.enumerated() {
            try await reactor.run {
                let connection = ChatLoad(run: run, recorder: run.recorders[place])
                defer { connection.close() }
                try await connection.signIn(to: target, tokens.signIn("test0"))
            }
        }
    }

    /// Logs in until the plan is done. Returns the connections that stay, by reactor.
    private func logIn(_ plan: LoginPlan) async -> [[ChatLoad]] {
        let reactors = plan.run.group.reactors
        return await withTaskGroup(of: (Int, [ChatLoad]).self) { tasks in
            for (place, reactor) in reactors.enumerated() {
                // Each has its share of the lanes.
                let lanes = (options.threads + reactors.count - 1 - place) / reactors.count
                tasks.addTask(executorPreference: reactor) {
                    (place, await LoginCrew(plan, recorder: plan.run.recorders[place]).work(lanes: lanes))
                }
            }
            var held = reactors.map { _ in [ChatLoad]() }
            for await (place, own) in tasks { held[place] = own }
            return held
        }
    }
}
