import ArgumentParser
import MillpondChat
import MillpondNet

/// What all kinds of load have in common.
struct BenchOptions: ParsableArguments {
    @Option(
        name: [.customShort("a"), .long], help: "Where: ws://host:port/path, tcp://host:port or http://host:port/path.")
    var address: String?
    @Option(name: [.customShort("c"), .long], help: "How many requests in all.")
    var requests = 100
    @Option(name: [.customShort("t"), .long], help: "How many connections share them.")
    var threads = 10
    @Option(name: [.customShort("s"), .long], help: "The secret that signs login tokens.")
    var secret = TokenAuthority.publicDefaultSecret
    @Option(help: "Seconds to go on for, instead of a number of requests.")
    var duration: Double?
    @Option(help: "Requests per second in all, sent by the clock.")
    var rate: Double?
    @Option(help: "Requests that a connection has under way at once.")
    var inFlight = 1
    @Option(help: "Threads of the load generator.")
    var reactors = 1
    @Option(help: "Seconds for a connection to be accepted; over WebSocket for the handshake, too.")
    var connectTimeout: Double = 5
    @Option(help: "Seconds for a login to be answered.")
    var loginTimeout: Double = 10
    @Option(help: "Seconds for a request to be answered; then its connection is closed.")
    var timeout: Double = 10
    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func validate() throws {
        if requests < 1 { throw ValidationError("-c must be at least 1") }
        if threads < 1 || threads > 60_000 { throw ValidationError("-t must be between 1 and 60000") }
        if inFlight < 1 || inFlight > 10_000 { throw ValidationError("--in-flight must be between 1 and 10000") }
        if reactors < 1 || reactors > 256 { throw ValidationError("--reactors must be between 1 and 256") }
        if let duration, !(duration > 0 && duration <= 86_400) {
            throw ValidationError("--duration must be more than 0 and at most 86400 seconds")
        }
        if let rate, !(rate > 0 && rate <= 10_000_000) { throw ValidationError("--rate must be more than 0") }
        for (name, value) in [
            ("--connect-timeout", connectTimeout), ("--login-timeout", loginTimeout), ("--timeout", timeout),
        ] where !(value > 0 && value <= 3600) {
            throw ValidationError("\(name) must be more than 0 and at most 3600 seconds, not \(value)")
        }
    }
}

extension Double {
    /// Without a fraction that says nothing, for messages.
    var short: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}
