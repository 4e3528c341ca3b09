import Foundation
import MillpondHTTP
import MillpondNet
import MillpondWebSocket
import TestSupport
import Testing

/// `millpond bench` against the real server.
extension CommandTests {
    /// As much of the report as the tests look at.
    private struct Report: Decodable {
        var requests: Int
        var deliveries: Int
        var seconds: Double
        var statuses: [String: Int]
        var errors: [String: Int]
        var latencyMilliseconds: [String: Double]

        init(_ text: String) throws { self = try JSONDecoder().decode(Report.self, from: Data(text.utf8)) }
    }

    @Test func benchSpeaksBothFramings() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data", arguments: ["--open-groups"])
        let kinds: [(arguments: [String], requests: Int, deliveries: Int)] = [
            (["login", "-c", "40", "-t", "8", "-k", "0"], 40, 0),
            (["user", "-c", "200", "-t", "5", "-o", "--in-flight", "4", "--reactors", "2"], 200, 200),
            (["user", "-c", "100", "-t", "3", "--rate", "1000", "--reactors", "2"], 100, 0),
            (["group", "-c", "20", "-t", "1", "-m", "10", "-p", "1", "--outside"], 20, 200),
        ]
        for address in ["ws://127.0.0.1:\(server.webPort)/any", "tcp://127.0.0.1:\(server.streamPort)"] {
            for (arguments, requests, deliveries) in kinds {
                let result = try ServerProcess.run(["bench"] + arguments + ["-a", address, "--json"])
                #expect(result.status == 0, "\(address) \(arguments): \(result.errors)\(result.output)")
                let report = try Report(result.output)
                #expect(report.requests == requests && report.statuses == ["0": requests], "\(arguments)")
                #expect(report.deliveries == deliveries && report.errors.isEmpty, "\(arguments)")
            }
        }
    }

    @Test func benchNamesWhatIsWrongWithAnAddress() throws {
        let cases: [(kind: String, address: String, says: [String])] = [
            ("user", "localhost:8000", ["without a scheme", "ws://", "tcp://"]),
            ("user", "wss://localhost", ["unknown scheme wss://", "ws://", "tcp://"]),
            ("login", "http://localhost:8000", ["http:// is not for this", "bench login takes ws://", "tcp://"]),
            ("group", "tcp://localhost", ["needs a port", "tcp://localhost:8001"]),
            ("group", "tcp://[::1]", ["needs a port"]),
            ("user", "tcp://localhost:8001/chat", ["has no path"]),
            ("user", "tcp://localhost:99999", ["host or port"]),
            ("user", "ws://", ["host or port"]),
            ("ws", "tcp://localhost:8001", ["tcp:// is not for this", "bench ws takes ws://"]),
            ("http", "ws://localhost:8000", ["ws:// is not for this", "bench http takes http://"]),
        ]
        for (kind, address, says) in cases {
            let result = try ServerProcess.run(["bench", kind, "-a", address])
            #expect(result.status == 1 && result.output.isEmpty, "\(address)")
            let lines = result.errors.split(whereSeparator: \.isNewline)
            #expect(lines.count == 1 && result.errors.hasPrefix("millpond: -a \(address): "), "\(result.errors)")
            for text in says { #expect(result.errors.contains(text), "\(address): \(result.errors)") }
        }
    }

    @Test func benchTimeoutsAreOnesOwnAndNamed() async throws {
        let help = try ServerProcess.run(["bench", "user", "--help"]).output
        for option in ["--connect-timeout", "--login-timeout", "--timeout"] { #expect(help.contains(option + " <")) }
        // The kernel takes the connections, and nobody answers them.
        let silent = try PlainListener()
        let cases: [(address: String, arguments: [String], says: String)] = [
            ("tcp", ["--login-timeout", "0.2"], "no answer to login.signin within 0.2 s (--login-timeout)"),
            ("ws", ["--connect-timeout", "0.2"], "handshake within 0.2 s (--connect-timeout)"),
        ]
        for (scheme, arguments, says) in cases {
            let address = "\(scheme)://127.0.0.1:\(silent.port)"
            let result = try ServerProcess.run(["bench", "user", "-t", "1", "-a", address] + arguments)
            #expect(result.status == 1)
            #expect(
                result.errors.contains("millpond: \(address): ") && result.errors.contains(says), "\(result.errors)")
        }
        try await benchGivesUpOnALoginOverWebSocket()
        let http = try ServerProcess.run(
            ["bench", "http", "-t", "1", "-c", "1", "-a", "http://127.0.0.1:\(silent.port)", "--timeout", "0.2"])
        #expect(http.status == 1)
        #expect(http.output.contains("no answer within 0.2 s (--timeout)"), "\(http.output)")
        #expect(try ServerProcess.run(["bench", "user", "--timeout", "0"]).errors.contains("--timeout must be"))
    }

    /// Against a server that accepts WebSockets and then says nothing.
    private func benchGivesUpOnALoginOverWebSocket() async throws {
        final class Mute: WebSocketHandler, Sendable {
            func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) -> Bool { true }
        }
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group) { request, response in
            try await response.upgradeToWebSocket(request) { channel in
                WebSocket(channel: channel, settings: WebSocketSettings(WebSocketOptions()), handler: Mute())
            }
        }
        let port = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!).port ?? 0
        let result = try ServerProcess.run(
            ["bench", "login", "-t", "2", "-c", "2", "-a", "ws://127.0.0.1:\(port)", "--login-timeout", "0.2"])
        // Said once, by the login that is tried before the load.
        #expect(result.status == 1 && result.output.isEmpty)
        let says = "no answer to login.signin within 0.2 s (--login-timeout)"
        #expect(result.errors.contains(says) && result.errors.count { $0.isNewline } == 1, "\(result.errors)")
        await server.drain(within: .seconds(1))
        await group.shutdown()
    }

    @Test func benchTriesALoginFirst() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data")
        let open = ["ws://127.0.0.1:\(server.webPort)", "tcp://127.0.0.1:\(server.streamPort)"]
        for address in open {
            let result = try ServerProcess.run(["bench", "login", "-a", address, "-c", "50", "-s", "another secret"])
            #expect(result.status == 1 && result.output.isEmpty, "\(result)")
            #expect(
                result.errors == "millpond: \(address): login of test0 was answered with status 105\n", "\(result)")
        }
        server.killAtOnce()
        for address in open {
            let result = try ServerProcess.run(["bench", "login", "-a", address, "-c", "50"])
            #expect(result.status == 1 && result.output.isEmpty, "\(result)")
            #expect(result.errors.contains("millpond: \(address): connect"), "\(result)")
            #expect(result.errors.count { $0.isNewline } == 1, "\(result)")
        }
    }

    @Test func benchLogsInAndOutForADuration() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data")
        for (address, keep) in [
            ("ws://127.0.0.1:\(server.webPort)", "0"), ("tcp://127.0.0.1:\(server.streamPort)", "5"),
            ("ws://localhost:\(server.webPort)", "5"),
        ] {
            let arguments = ["-t", "6", "--reactors", "2", "--duration", "0.5", "-k", keep, "--json"]
            let result = try ServerProcess.run(["bench", "login", "-a", address] + arguments)
            #expect(result.status == 0, "\(address): \(result)")
            let report = try Report(result.output)
            #expect(report.requests > 12 && report.statuses == ["0": report.requests], "\(address): \(report)")
            #expect(report.errors.isEmpty && report.seconds >= 0.5, "\(address): \(report)")
        }
        // Nobody stays behind.
        for _ in 0..<200 where try accounts(server) > 0 { Thread.sleep(forTimeInterval: 0.05) }
        #expect(try accounts(server) == 0)
    }

    @Test func benchCountsLoginsThatFail() throws {
        for scheme in ["ws", "tcp"] {
            let folder = try TemporaryFolder()
            let server = try ServerProcess(data: folder.path + "/data")
            let target = "\(scheme)://127.0.0.1:\(scheme == "ws" ? server.webPort : server.streamPort)"
            let load = try BackgroundCommand(
                ["bench", "login", "-a", target, "-t", "4", "--duration", "3", "-k", "200", "--json"])
            try waitForAccounts(4, server)
            server.killAtOnce()
            let result = load.finish()
            #expect(result.status == 1)
            let errors = try Report(result.output).errors
            #expect(errors.keys.contains { $0.hasPrefix("while kept: ") }, "\(errors)")
            #expect(errors.keys.contains { $0.contains("connect") && $0.contains("refused") }, "\(errors)")
        }
    }

    @Test func benchByTheClockGoesOnWithoutAConnection() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data")
        let address = "tcp://127.0.0.1:\(server.streamPort)"
        let load = try BackgroundCommand(
            ["bench", "user", "-a", address, "-t", "4", "--rate", "200", "--duration", "4", "--json"])
        try waitForAccounts(4, server)
        // A second login of the same account, after which the server closes the first one's connection.
        let other = try KIMPeer.signedIn("test1", port: server.streamPort)
        let result = load.finish()
        withExtendedLifetime(other) {}
        #expect(result.status == 1)
        let report = try Report(result.output)
        let failed = report.errors.values.reduce(0, +)
        // What was due is accounted for, but for a pause of the machine at the end, and three of four went on to it.
        #expect(failed > 0 && report.requests >= 500, "\(report)")
        #expect((700...800).contains(report.requests + failed), "\(report)")
        #expect(report.seconds > 3.9, "\(report)")
    }

    @Test func benchEndsWhenEveryConnectionIsClosed() throws {
        for rate in [["--rate", "100"], []] {
            let folder = try TemporaryFolder()
            let server = try ServerProcess(data: folder.path + "/data")
            let load = try BackgroundCommand(
                ["bench", "user", "-a", "tcp://127.0.0.1:\(server.streamPort)", "-t", "2", "--duration", "60"]
                    + ["--reactors", "2", "--json"] + rate)
            try waitForAccounts(2, server)
            server.killAtOnce()
            let result = load.finish()
            #expect(result.status == 1)
            #expect(result.errors.contains("every connection was closed"), "\(result.errors)")
            #expect(try Report(result.output).seconds < 30)
        }
    }

    @Test func benchHoldsLogins() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data")
        for address in ["ws://127.0.0.1:\(server.webPort)", "tcp://127.0.0.1:\(server.streamPort)"] {
            let load = try BackgroundCommand(
                ["bench", "login", "-a", address, "-c", "60", "-t", "7", "-k", "1500", "--json"])
            #expect(load.waits(for: "60 connections are signed in and held for 1.5 s"))
            #expect(try accounts(server) == 60)
            let result = load.finish()
            #expect(result.status == 0, "\(result)")
            #expect(try Report(result.output).requests == 60)
        }
        let held = try BackgroundCommand(
            ["bench", "login", "-a", "tcp://127.0.0.1:\(server.streamPort)", "-c", "5", "-k", "60000", "--json"])
        #expect(held.waits(for: "5 connections are signed in"))
        server.killAtOnce()
        let result = held.finish()
        #expect(result.status == 1)
        #expect(try Report(result.output).errors.keys.contains { $0.hasPrefix("while held: ") }, "\(result.output)")
    }

    private func accounts(_ server: ServerProcess) throws -> Int {
        let (_, text) = try fetch("http://127.0.0.1:\(server.webPort)/metrics")
        let line = text.split(separator: "\n").first { $0.hasPrefix("millpond_chat_accounts_online ") }
        return line.flatMap { Int($0.split(separator: " ")[1]) } ?? -1
    }

    /// Waits until so many are signed in.
    private func waitForAccounts(_ count: Int, _ server: ServerProcess) throws {
        for _ in 0..<200 {
            if try accounts(server) >= count { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        Issue.record("\(count) accounts did not sign in within 10 s")
    }
}
