import Foundation
import MillpondChat
import Testing

/// What a person at a terminal sees.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CommandTests {
    @Test func servesAndEndsInOrder() throws {
        for signal in [SIGTERM, SIGINT] {
            let folder = try TemporaryFolder()
            let server = try ServerProcess(data: folder.path + "/data")
            #expect(server.announcement.contains("http://127.0.0.1:\(server.webPort)/"))
            #expect(server.announcement.contains("limits"))
            let (health, _) = try fetch("http://127.0.0.1:\(server.webPort)/healthz")
            #expect(health == 200)
            let peer = try KIMPeer.signedIn("someone", port: server.streamPort)
            let started = Date()
            #expect(server.stop(signal) == 0)
            #expect(Date().timeIntervalSince(started) < 15)
            #expect(throws: (any Error).self) { try peer.receive() }
        }
    }

    @Test func servesPageGuestsAndMetrics() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data")
        let base = "http://127.0.0.1:\(server.webPort)"
        let (status, page) = try fetch(base + "/")
        #expect(status == 200)
        #expect(page.contains("<!doctype html") || page.contains("<!DOCTYPE html"))
        let (created, guest) = try fetch(base + "/api/guest", ["-X", "POST", "-d", "{\"name\":\"anna\"}"])
        #expect(created == 200 || created == 201)
        #expect(guest.contains("\"token\"") && guest.contains("\"account\""))
        let (refused, _) = try fetch(base + "/api/guest", ["-X", "POST", "-d", "{\"name\":"])
        #expect(refused == 400)
        let (measured, metrics) = try fetch(base + "/metrics")
        #expect(measured == 200)
        #expect(metrics.contains("# TYPE"))
        let (missing, _) = try fetch(base + "/no/such/page")
        #expect(missing == 404)
    }

    @Test func guestsAreRateLimited() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data", arguments: ["--guests-per-minute", "3"])
        let url = "http://127.0.0.1:\(server.webPort)/api/guest"
        let statuses = try (0..<4).map { try fetch(url, ["-X", "POST", "-d", "{\"name\":\"g\($0)\"}"]).0 }
        #expect(statuses.last == 429)
        #expect(statuses.prefix(3).allSatisfy { $0 < 300 })
        // The minute may be over by now, and then another attempt is needed.
        for _ in 0..<8 {
            let (status, answer) = try fetch(url, ["-i", "-X", "POST", "-d", "{\"name\":\"late\"}"])
            if status != 429 { continue }
            let line = answer.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("retry-after: ") }
            let seconds = line.flatMap { Int($0.dropFirst(13)) }
            #expect(seconds.map { (1...60).contains($0) } == true, "\(answer)")
            return
        }
        Issue.record("no guest was refused")
    }

    @Test func guestsBehindAProxyAreCountedByTheirOwnAddresses() throws {
        let folder = try TemporaryFolder()
        let flags = ["--guests-per-minute", "1", "--trusted-proxy", "127.0.0.1", "--secret", "s3cret"]
        let server = try ServerProcess(data: folder.path + "/data", arguments: flags)
        let url = "http://127.0.0.1:\(server.webPort)/api/guest"
        func status(_ lines: [String]) throws -> Int {
            let fields = lines.flatMap { ["-H", "X-Forwarded-For: " + $0] }
            return try fetch(url, ["-X", "POST", "-d", "{\"name\":\"anna\"}"] + fields).0
        }
        for number in 1...5 { #expect(try status(["203.0.113.\(number)"]) == 200) }
        // What the client says of itself does not count; the minute may be over by now, so more than once.
        let repeated = try (1...3).map { try status(["192.0.2.\($0)", "192.0.2.9, 203.0.113.1"]) }
        #expect(repeated.contains(429))
    }

    @Test func handshakesThatCannotBeAreRefused() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data")
        let url = "http://127.0.0.1:\(server.webPort)/any/path"
        let upgrade = ["-i", "--http1.1", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket"]
        let key = ["-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        #expect(try fetch(url, upgrade + ["-H", "Sec-WebSocket-Version: 13"]).0 == 400)
        let (old, answer) = try fetch(url, upgrade + key + ["-H", "Sec-WebSocket-Version: 8"])
        #expect(old == 426)
        #expect(answer.lowercased().contains("sec-websocket-version: 13"))
    }

    @Test func mistakesAreOneClearLineAndAFailure() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data")
        let cases: [(arguments: [String], says: String)] = [
            (["--port", "\(server.webPort)"], "Address already in use"),
            (["--data", "/proc/nowhere"], "data folder"),
            (["--data", folder.path + "/data"], "used by another process"),
            (["--host", "0.0.0.0"], "--secret"),
            (["--trusted-proxy", "127.0.0.1"], "--secret"),
            (["--host", "no-such-host.invalid"], "no-such-host.invalid"),
            (["--reactors", "0"], "--reactors"),
            (["--port", "70000"], "70000"),
            (["--nonsense"], "--nonsense"),
        ]
        for (arguments, says) in cases {
            let fresh = ["--data", folder.path + "/other", "--port", "0", "--tcp-port", "0"]
            // The case's own value comes last and wins.
            let result = try ServerProcess.run(["serve"] + fresh + arguments)
            #expect(result.status != 0, "\(arguments)")
            #expect(result.errors.contains(says), "\(arguments): \(result.errors)")
            #expect(!result.errors.contains("Fatal"), "\(arguments): \(result.errors)")
        }
        #expect(try ServerProcess.run(["--help"]).output.contains("serve"))
        #expect(try ServerProcess.run(["serve", "--help"]).output.contains("--open-groups"))
        #expect(try ServerProcess.run(["version"]).output.contains("millpond"))
    }

    /// An upgrade to another protocol is not taken up, and a page from elsewhere can't use the public secret.
    @Test func upgradesAreWebSocketsOfPagesFromHere() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data")
        let base = "http://127.0.0.1:\(server.webPort)"
        let (status, text) = try fetch(base + "/healthz", ["-H", "Connection: Upgrade", "-H", "Upgrade: h2c"])
        #expect(status == 200 && text.contains("ok"), "\(status) \(text)")
        let handshake = [
            "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13",
            "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "--max-time", "1",
        ]
        for (origin, expected) in [
            ("https://example.org", 403), ("null", 403), ("http://localhost.example.org", 403),
            ("http://127.0.0.1.example.org", 403), ("http://localhost:3000", 101), ("http://[::1]:80", 101),
            ("http://127.0.0.1:\(server.webPort)", 101),
        ] {
            let (status, _) = try fetch(base, handshake + ["-H", "Origin: \(origin)"])
            #expect(status == expected, "\(origin)")
        }
        // A name of the page's own that leads here is no sign that the page does.
        let rebound = ["-H", "Origin: http://rebound.example:8000", "-H", "Host: rebound.example:8000"]
        #expect(try fetch(base, handshake + rebound).0 == 403)
        #expect(try fetch(base, handshake).0 == 101)
    }

    /// What it prints logs in; nobody else's secret makes one.
    @Test func tokensLogIn() throws {
        let token = try ServerProcess.run(["token", "some body", "--secret", "s3cret", "--days", "1"])
        let claims = try TokenAuthority(secret: "s3cret").verify(token.output.trimmingCharacters(in: .newlines))
        #expect(token.status == 0 && claims.account == "some body")
        #expect(try ServerProcess.run(["token", String(repeating: "x", count: 61)]).status != 0)
        #expect(try ServerProcess.run(["token", "a", "--days", "0"]).errors.contains("--days"))
    }

    /// The status and body that curl gets.
    func fetch(_ url: String, _ options: [String] = []) throws -> (Int, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl", "-sS", "--max-time", "10", "-w", "\n%{http_code}"] + options + [url]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }
}
