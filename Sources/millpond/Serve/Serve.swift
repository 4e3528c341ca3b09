import ArgumentParser
import Glibc
import Logging
import MillpondChat
import MillpondHTTP
import MillpondNet
import ServiceLifecycle
import UnixSignals

/// `millpond serve`: the chat server.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the chat server: web page, WebSocket, KIM's TCP framing.",
        discussion: """
            Open the address that it prints in a browser: two tabs can talk to each other. KIM's clients connect to \
            the same port by WebSocket, on any path, or to the TCP port. Every message is on disk before it is answered.

            It listens on this machine only unless --host says otherwise, and refuses to listen elsewhere with the \
            development secret, which everyone knows. SIGTERM or Ctrl-C ends it in order; a second one ends it at \
            once.
            """)

    @Option(help: "The address to listen on; 0.0.0.0 or :: for all.")
    var host = "127.0.0.1"
    @Option(help: "The port of the web page, WebSocket and HTTP; 0 takes a free one.")
    var port: UInt16 = 8000
    @Option(help: "The port of KIM's TCP framing; 0 takes a free one.")
    var tcpPort: UInt16 = 8001
    @Flag(help: "Do not serve KIM's TCP framing.")
    var noTcp = false
    @Option(help: "The folder that holds the messages; made if need be.")
    var data = "./millpond-data"
    @Option(help: "Threads that serve connections; one per core by default.")
    var reactors: Int?
    @Option(help: "Signs and checks login tokens (or the environment's MILLPOND_SECRET). KIM's public one by default.")
    var secret: String?
    @Flag(help: "Accept the public default secret on an address that others can reach.")
    var allowDefaultSecret = false
    @Flag(help: "Let anyone talk to any group, member or not, as KIM's load tool expects.")
    var openGroups = false
    @Option(help: "The most connections at once, on each of the two ports; further ones wait.")
    var maxConnections = 100_000
    @Option(help: "Guests that one address may make in a minute.")
    var guestsPerMinute = 10
    @Option(help: "The address of a reverse proxy, whose X-Forwarded-For tells the addresses of guests.")
    var trustedProxy: String?
    @Option(help: "Seconds that open connections have to finish when the server is stopped.")
    var stopTimeout = 10
    @Option(
        help: "How much to log: trace, debug, info, notice, warning, error, critical.",
        transform: Serve.level)
    var logLevel = Logger.Level.info

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            throw ValidationError("--log-level: no such level as \(text)")
        }
        return level
    }

    func validate() throws {
        if let reactors, !(1...1024).contains(reactors) {
            throw ValidationError("--reactors must be between 1 and 1024, not \(reactors)")
        }
        if maxConnections < 1 { throw ValidationError("--max-connections must be at least 1") }
        if guestsPerMinute < 0 { throw ValidationError("--guests-per-minute must not be negative") }
        if let trustedProxy, SocketAddress(host: trustedProxy, port: 0) == nil {
            throw ValidationError("--trusted-proxy must be an IP address, not \(trustedProxy)")
        }
        if !(0...3600).contains(stopTimeout) { throw ValidationError("--stop-timeout must be between 0 and 3600") }
        if secret?.isEmpty == true { throw ValidationError("--secret must not be empty") }
    }

    func run() async throws {
        do {
            try await serve()
        } catch let failure as CommandFailure {
            throw failure.report()
        }
    }

    private func serve() async throws {
        let descriptors = DescriptorLimit.raise()
        let logger = makeLogger()
        let options = try chatOptions()
        let (web, stream) = try await listenAddresses()
        let servers: Servers
        do {
            let group = try ReactorGroup(count: reactors)
            servers = try Servers(
                group: group, options: options, data: data, limit: maxConnections, trustsNames: allowDefaultSecret,
                logger: logger)
            do {
                try servers.listen(web: web, stream: stream)
            } catch {
                await servers.stop(within: .zero)
                throw error
            }
        } catch {
            throw CommandFailure("\(error)")
        }
        let service = ServeService(
            servers: servers, deadline: .seconds(stopTimeout),
            announcement: announcement(servers, descriptors: descriptors))
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // The service keeps its own deadline; this one is for a service that does not.
        configuration.maximumGracefulShutdownDuration = .seconds(stopTimeout + 5)
        try await ServiceGroup(configuration: configuration).run()
    }

    private func chatOptions() throws -> ChatOptions {
        var options = ChatOptions()
        options.secret = try Secret.chosen(secret)
        options.openGroups = openGroups
        options.guestsPerMinute = guestsPerMinute
        options.trustedProxy = trustedProxy.flatMap { SocketAddress(host: $0, port: 0) }
        return options
    }

    /// Where to listen. Refuses to be reachable from elsewhere with a secret that everyone knows.
    private func listenAddresses() async throws -> (SocketAddress, SocketAddress?) {
        let host = self.host, port = self.port
        let web: SocketAddress
        if let numeric = SocketAddress(host: host, port: port) {
            web = numeric
        } else {
            do {
                let group = try ReactorGroup(count: 1)
                let found = try await group.reactors[0].run { try await Resolver.resolve(host: host, port: port) }
                await group.shutdown()
                web = found[0]
            } catch {
                throw CommandFailure("--host: \(error)")
            }
        }
        let usesDefault = try chatOptions().secret == TokenAuthority.publicDefaultSecret
        if usesDefault, !allowDefaultSecret, !web.isLoopback || trustedProxy != nil {
            throw CommandFailure(
                "refusing to listen on \(web)\(trustedProxy == nil ? "" : ", behind a proxy,") with the public default "
                    + "secret, with which anyone can log in as anyone: set --secret or MILLPOND_SECRET, or say "
                    + "--allow-default-secret")
        }
        return (web, noTcp ? nil : web.withPort(tcpPort))
    }

    private func makeLogger() -> Logger {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .info
            return handler
        }
        var logger = Logger(label: "millpond")
        logger.logLevel = logLevel
        return logger
    }

    private func announcement(_ servers: Servers, descriptors: Int) -> String {
        let count = servers.group.reactors.count
        var lines: [String] = []
        if let web = servers.http.listener.address { lines.append("web page and WebSocket  http://\(web)/") }
        if let stream = servers.stream { lines.append("KIM's TCP framing       tcp://\(stream)") }
        lines.append("data                    \(data)")
        lines.append(
            "limits                  \(maxConnections) connections, \(descriptors) descriptors, "
                + "\(count) reactor\(count == 1 ? "" : "s")")
        if servers.chat.usesPublicSecret {
            lines.append("secret                  the public default: who reaches this server can log in as anyone")
        }
        lines.append("groups                  \(openGroups ? "open: anyone may talk to any group" : "members only")")
        return lines.joined(separator: "\n")
    }
}

/// The servers between their start and their orderly end.
struct ServeService: Service {
    let servers: Servers
    let deadline: Duration
    let announcement: String

    func run() async throws {
        // Not before: services run once the signals are trapped, and who reads this may send one at once.
        print(announcement)
        fflush(nil)
        try? await gracefulShutdown()
        // Whoever asks a second time does not want to wait: the system's own action again, which ends the process at
        // once. Nothing that was answered is lost by it.
        signal(SIGTERM, SIG_DFL)
        signal(SIGINT, SIG_DFL)
        await servers.stop(within: deadline)
    }
}
