import ArgumentParser
import MillpondNet

/// `millpond bench login`.
struct BenchLogin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Connect, sign in, stay a moment, leave; again and again.",
        discussion: """
            With --hold nobody leaves: all -c connections stay signed in and idle for so many seconds after the last \
            login, so that the server's memory can be read meanwhile.
            """)

    @OptionGroup var options: BenchOptions
    @Option(name: [.customShort("k"), .long], help: "Milliseconds that a connection is kept once signed in.")
    var keep = 10
    @Option(help: "Seconds that all connections are held once all have signed in.")
    var hold: Double?

    func validate() throws {
        if keep < 0 || keep > 3_600_000 { throw ValidationError("-k must be between 0 and 3600000 ms") }
        if options.rate != nil { throw ValidationError("--rate is not for login: each one is a connection") }
        if let hold {
            if !(hold > 0 && hold <= 86_400) {
                throw ValidationError("--hold must be more than 0 and at most 86400 seconds, not \(hold)")
            }
            if options.duration != nil {
                throw ValidationError("--hold keeps -c connections, --duration has no number of them: say one of both")
            }
        }
    }

    func run() async throws {
        let text = options.address ?? BenchUser.defaultAddress
        try await LoadRun.reporting(text, kind: "login", schemes: BenchAddress.chatSchemes) { address in
            let run = try LoadRun(options)
            try run.checkDescriptors(hold == nil ? options.threads : options.requests)
            let started = LoadPlan.now
            run.plan.begin()
            let held = await logIn(run, address)
            let seconds = Double(LoadPlan.now - started) / 1e9
            if let hold { await run.hold(held, seconds: hold) }
            try await run.finish("login", address: address, connections: options.threads, seconds: seconds)
        }
    }

    /// Logs in until the plan is done. Returns the connections that stay, by reactor.
    private func logIn(_ run: LoadRun, _ address: BenchAddress) async -> [[ChatLoad]] {
        let tokens = ChatTokens(secret: options.secret)
        let reactors = run.group.reactors
        return await withTaskGroup(of: (Int, [ChatLoad]).self) { tasks in
            for thread in 0..<options.threads {
                let place = thread % reactors.count
                tasks.addTask(executorPreference: reactors[place]) {
                    var held: [ChatLoad] = []
                    var number = 0
                    while run.plan.takeRequest() {
                        // Each login is of an account of its own: a shared one would kick the other out.
                        let account = "test\(thread + 1)-\(number)"
                        number += 1
                        let connection = ChatLoad(run: run, recorder: run.recorders[place])
                        guard await self.signIn(connection, address, account, tokens) else { continue }
                        if hold != nil {
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
    private func signIn(
        _ connection: ChatLoad, _ address: BenchAddress, _ account: String, _ tokens: ChatTokens
    ) async -> Bool {
        let began = LoadPlan.now
        do {
            try await connection.signIn(to: address, account: account, tokens: tokens)
        } catch {
            connection.recorder.failed("\(error)")
            connection.close()
            return false
        }
        connection.recorder.answered(0, nanoseconds: LoadPlan.now - began)
        return true
    }
}

extension LoadRun {
    /// Keeps connections signed in and idle, then closes them. One that the server closes meanwhile has failed.
    fileprivate func hold(_ connections: [[ChatLoad]], seconds: Double) async {
        let count = connections.reduce(0) { $0 + $1.count }
        Console.error("millpond: \(count) connections are signed in and held for \(seconds.short) s\n")
        await withTaskGroup(of: Void.self) { tasks in
            for (place, own) in connections.enumerated() where !own.isEmpty {
                let reactor = group.reactors[place]
                tasks.addTask(executorPreference: reactor) { await Self.hold(own, on: reactor, seconds: seconds) }
            }
        }
    }

    private static func hold(_ connections: [ChatLoad], on reactor: Reactor, seconds: Double) async {
        var open = connections
        let end = LoadPlan.now + UInt64(seconds * 1e9)
        var nextPing = LoadPlan.now + pingInterval
        while LoadPlan.now < end, !open.isEmpty {
            guard (try? await reactor.sleep(for: .milliseconds(100))) != nil else { break }
            for connection in open where !connection.isOpen {
                connection.recorder.failed("while held: \(connection.closedText)")
            }
            open.removeAll { !$0.isOpen }
            if LoadPlan.now >= nextPing {
                nextPing = LoadPlan.now + pingInterval
                for connection in open { connection.link?.ping() }
            }
        }
        for connection in open { connection.close() }
    }

    /// As often as KIM's clients: the server closes a connection that is silent for two minutes.
    private static var pingInterval: UInt64 { 55_000_000_000 }
}
