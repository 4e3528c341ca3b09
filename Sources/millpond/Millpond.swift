import ArgumentParser

/// The command: its subcommands each do one thing and have a folder of their own.
@main
struct Millpond: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "millpond",
        abstract: "A self-hosted chat server, a load generator and a downloader.",
        discussion: """
            `millpond serve` runs the chat server: the web page, KIM's clients over WebSocket and TCP, messages stored \
            before they are answered. `millpond bench` measures a server, this one or another. `millpond get` \
            downloads files.
            """,
        version: version,
        subcommands: [Serve.self, Token.self, Bench.self, Get.self, Version.self])
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() {
        print("millpond \(Millpond.version)")
    }
}
