import ArgumentParser
import MillpondNet
import MillpondPools

/// `millpond bench user`.
struct BenchUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Accounts test1, test2, … talk to one receiver.")
    static let defaultAddress = "ws://localhost:8000"

    @OptionGroup var options: BenchOptions
    @Flag(name: [.customShort("o"), .long], help: "The receiver is online, and its deliveries are counted.")
    var online = false

    func run() async throws {
        let text = options.address ?? Self.defaultAddress
        try await LoadRun.reporting(text, kind: "user", schemes: BenchAddress.chatSchemes) { address in
            let run = try LoadRun(options)
            let target = try await LoadTarget.find(address, for: run)
            let tokens = ChatTokens(secret: options.secret)
            let receivers = try await run.open(online ? 1 : 0) { _, recorder in
                let receiver = ChatLoad(run: run, recorder: recorder)
                try await receiver.signIn(to: target, tokens.signIn("receiver"))
                return receiver
            }
            let senders = try await run.open(options.threads) { number, recorder in
                let sender = ChatLoad(run: run, recorder: recorder)
                try await sender.signIn(to: target, tokens.signIn("test\(number + 1)"))
                sender.talk("chat.user.talk", to: "receiver", text: "hello world")
                return sender
            }
            let seconds = await run.listening(receivers) { await run.load(senders) }
            await run.settleDeliveries()
            await run.close(senders)
            await run.close(receivers)
            try await run.finish("user talk", address: address, connections: options.threads, seconds: seconds)
        }
    }
}

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
        let text = options.address ?? BenchUser.defaultAddress
        try await LoadRun.reporting(text, kind: "group", schemes: BenchAddress.chatSchemes) { address in
            let run = try LoadRun(options)
            let target = try await LoadTarget.find(address, for: run)
            let tokens = ChatTokens(secret: options.secret)
            let group = Guarded("")
            let names = (0..<members).map { "member\($0 + 1)" }
            let senderNames = outside ? [] : (0..<options.threads).map { "test\($0 + 1)" }
            let owners = try await run.open(1) { _, recorder in
                let owner = ChatLoad(run: run, recorder: recorder)
                try await owner.signIn(to: target, tokens.signIn("owner"))
                let body =
                    Protobuf.text(1, "bench") + Protobuf.text(4, "owner")
                    + (names + senderNames).flatMap { Protobuf.text(5, $0) }
                let (status, answer) = try await owner.ask(
                    "chat.group.create", KIMTemplate("chat.group.create", body: body), run.timeouts.answer,
                    option: "--timeout")
                guard status == 0, let id = Self.groupID(answer) else {
                    throw CommandFailure("chat.group.create was answered with status \(status)")
                }
                group.withLock { $0 = id }
                return owner
            }
            await run.close(owners)
            let id = group.withLock { $0 }
            let listeners = try await run.open(Int((Double(members) * online).rounded())) { number, recorder in
                let listener = ChatLoad(run: run, recorder: recorder)
                try await listener.signIn(to: target, tokens.signIn(names[number]))
                return listener
            }
            let senders = try await run.open(options.threads) { number, recorder in
                let sender = ChatLoad(run: run, recorder: recorder)
                try await sender.signIn(to: target, tokens.signIn("test\(number + 1)"))
                sender.talk("chat.group.talk", to: id, text: "hello group")
                return sender
            }
            let seconds = await run.listening(listeners) { await run.load(senders) }
            // The last deliveries are still under way when the last answer is here.
            await run.settleDeliveries()
            await run.close(senders)
            await run.close(listeners)
            try await run.finish("group talk", address: address, connections: options.threads, seconds: seconds)
        }
    }

    private static func groupID(_ body: [UInt8]) -> String? {
        guard body.count > 2, body[0] == 1 << 3 | 2, Int(body[1]) == body.count - 2 else { return nil }
        return String(decoding: body[2...], as: UTF8.self)
    }
}

extension LoadRun {
    /// Closes connections on their reactors.
    func close(_ connections: [[some LoadConnection & Sendable]]) async {
        for (reactor, own) in zip(group.reactors, connections) {
            await reactor.run { for connection in own { connection.close() } }
        }
    }

    /// Waits until no delivery has come for a tenth of a second, at most for --timeout.
    func settleDeliveries() async {
        var last = -1
        let end = LoadPlan.now + UInt64(timeouts.answer * 1e9)
        while deliveryCount != last, LoadPlan.now < end {
            last = deliveryCount
            try? await Task.sleep(for: .milliseconds(100))
        }
    }
}
