import ArgumentParser

/// `millpond bench user`.
struct BenchUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Accounts test1, test2, … talk to one receiver.")

    @OptionGroup var options: BenchOptions
    @Flag(name: [.customShort("o"), .long], help: "The receiver is online, and its deliveries are counted.")
    var online = false

    func run() async throws {
        try await LoadRun.perform(
            options, at: BenchAddress.chatDefault, kind: "user", schemes: BenchAddress.chatSchemes
        ) { run, target in
            let tokens = ChatTokens(secret: options.secret)
            let receivers = try await run.signIn(online ? 1 : 0, to: target, tokens, named: { _ in "receiver" })
            let senders = try await run.signIn(options.threads, to: target, tokens, named: ChatTokens.sender) {
                $0.talk("chat.user.talk", to: "receiver", text: "hello world")
            }
            let seconds = await run.listening(receivers) { await run.load(senders) }
            await run.close(senders)
            await run.close(receivers)
            try await run.finish("user talk", on: target, connections: options.threads, seconds: seconds)
        }
    }
}
