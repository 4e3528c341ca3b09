import ArgumentParser
import MillpondNet

/// `millpond bench group`.
struct BenchGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "Accounts talk to a group, and the deliveries to its members are counted.",
        discussion: """
            With one sender (-t 1) and all members online (-p 1), each message is delivered -m times. --outside makes \
            the senders no members of the group, as KIM's load tool does; the server must have --open-groups then.
            """)

    @OptionGroup var options: BenchOptions
    @Option(name: [.customShort("m"), .long], help: "Members of the group, besides the senders.")
    var members = 20
    @Option(name: [.customShort("p"), .long], help: "The share of the members that is online, 0 to 1.")
    var online = 0.5
    @Flag(help: "The senders are not members of the group.")
    var outside = false

    func validate() throws {
        // The server's bound, and there is the owner.
        let others = 1 + (outside ? 0 : options.threads)
        if members < 1 || members + others > 10_000 {
            throw ValidationError("-m must be between 1 and \(10_000 - others): a group has at most 10000 members")
        }
        if !(0...1).contains(online) { throw ValidationError("-p must be between 0 and 1") }
    }

    func run() async throws {
        try await LoadRun.perform(
            options, at: BenchAddress.chatDefault, kind: "group", schemes: BenchAddress.chatSchemes
        ) { run, target in
            let tokens = ChatTokens(secret: options.secret)
            let group = try await createGroup(run, target, tokens)
            let listening = Int((Double(members) * online).rounded())
            let listeners = try await run.signIn(listening, to: target, tokens, named: Self.member)
            let senders = try await run.signIn(options.threads, to: target, tokens, named: ChatTokens.sender) {
                $0.talk("chat.group.talk", to: group, text: "hello group")
            }
            let seconds = await run.listening(listeners) { await run.load(senders) }
            await run.close(senders)
            await run.close(listeners)
            try await run.finish("group talk", on: target, connections: options.threads, seconds: seconds)
        }
    }

    /// Returns the group's id.
    private func createGroup(_ run: LoadRun, _ target: LoadTarget, _ tokens: ChatTokens) async throws -> String {
        let senders = outside ? 0 : options.threads
        let names = (0..<members).map(Self.member) + (0..<senders).map(ChatTokens.sender)
        let body = Protobuf.text(1, "bench") + Protobuf.text(4, "owner") + names.flatMap { Protobuf.text(5, $0) }
        return try await run.group.reactors[0].run {
            let owner = ChatLoad(run: run, recorder: run.recorders[0])
            defer { owner.close() }
            try await owner.signIn(to: target, tokens.signIn("owner"))
            let (status, answer) = try await owner.ask(
                "chat.group.create", KIMTemplate("chat.group.create", body: body), run.timeouts.answer,
                option: "--timeout")
            guard status == 0, let id = Self.groupID(answer) else {
                throw CommandFailure("chat.group.create was answered with status \(status)")
            }
            return id
        }
    }

    private static func member(_ number: Int) -> String { "member\(number + 1)" }

    private static func groupID(_ body: [UInt8]) -> String? {
        guard body.count > 2, body[0] == 1 << 3 | 2, Int(body[1]) == body.count - 2 else { return nil }
        return String(decoding: body[2...], as: UTF8.self)
    }
}
