import ArgumentParser
import MillpondNet

/// `millpond bench login`.
struct BenchLogin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Connect, sign in, stay a moment, leave; again and again.")

    @OptionGroup var options: BenchOptions
    @Option(name: [.customShort("k"), .long], help: "Milliseconds that a connection is kept once signed in.")
    var keep = 10

    func validate() throws {
        if keep < 0 || keep > 3_600_000 { throw ValidationError("-k must be between 0 and 3600000 ms") }
        if options.rate != nil { throw ValidationError("--rate is not for login: each one is a connection") }
    }

    func run() async throws {
        let address = options.address ?? BenchUser.defaultAddress
        try await LoadRun.reporting(address) {
            let run = try LoadRun(options)
            let tokens = ChatTokens(secret: options.secret)
            let started = LoadPlan.now
            run.plan.begin()
            await withTaskGroup(of: Void.self) { tasks in
                for thread in 0..<options.threads {
                    let reactor = run.group.reactors[thread % run.group.reactors.count]
                    tasks.addTask(executorPreference: reactor) {
                        var number = 0
                        while run.plan.takeRequest() {
                            // Each login is of an account of its own: a shared one would kick the other out.
                            let account = "test\(thread + 1)-\(number)"
                            number += 1
                            await self.once(run, address, account, tokens, reactor)
                        }
                    }
                }
            }
            let seconds = Double(LoadPlan.now - started) / 1e9
            try await run.finish("login", address: address, connections: options.threads, seconds: seconds)
        }
    }

    private func once(
        _ run: LoadRun, _ address: String, _ account: String, _ tokens: ChatTokens, _ reactor: Reactor
    ) async {
        let connection = ChatLoad(run: run)
        let began = LoadPlan.now
        do {
            try await connection.signIn(to: address, account: account, tokens: tokens)
            run.recorder.answered(0, nanoseconds: LoadPlan.now - began)
            try await reactor.sleep(for: .milliseconds(keep))
        } catch {
            run.recorder.failed("\(error)")
        }
        connection.close()
    }
}
