import ArgumentParser

/// `millpond bench`: load on a server, and what it made of it.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a server: KIM chat, WebSocket echo, HTTP.",
        discussion: """
            Each kind opens its connections first, then measures. By default the next request goes out when an answer \
            came (closed loop); with --rate requests go out by the clock, and latencies count from the time they were \
            due, so that a server that stalls is not flattered (coordinated omission).
            """,
        subcommands: [BenchLogin.self, BenchUser.self, BenchGroup.self, BenchWebSocket.self, BenchHTTP.self])
}
