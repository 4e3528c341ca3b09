import Foundation
import MillpondHTTP
import MillpondNet
import Synchronization
import Testing

/// `millpond get`: the real binary against a server of this process.
@Suite(.timeLimit(.minutes(2))) struct GetTests {
    private static let content = Array((0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })

    /// `/file…` with ranges, `/moved` to it, `/gzip`, `/who` tells some fields, `/wait` never answers.
    private static let serve: HTTPServer.Handler = { request, response in
        let path = request.pathString
        if path.hasPrefix("/file") {
            var start = 0
            response.set(.eTag, "\"v1\"")
            if let range = request.string(.range), let first = Int(range.dropFirst(6).dropLast()) {
                guard first < content.count else {
                    response.status = .rangeNotSatisfiable
                    response.set(.contentRange, "bytes */\(content.count)")
                    return try await response.send()
                }
                start = first
                response.status = .partialContent
                response.set(.contentRange, "bytes \(start)-\(content.count - 1)/\(content.count)")
            }
            try await response.send(content.span.bytes.extracting(droppingFirst: start))
        } else if path == "/moved" {
            response.status = .found
            response.set(.location, "/file?x")
            try await response.send()
        } else if path == "/who" {
            let target = request.target.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            let fields = [request.string(.userAgent), request.string(.authorization), request.string("X-Test")]
            try await response.send("\(target) \(fields.map { $0 ?? "-" })")
        } else if path == "/wait" {
            try await request.channel.reactor.sleep(for: .seconds(60))
        } else {
            response.status = .notFound
            try await response.send("no")
        }
    }

    private struct Ended {
        let code: Int32
        let output: [UInt8]
        let errors: String
        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// A server, and a folder for the command to run in.
    private func with(_ body: (_ base: String, _ folder: URL) async throws -> Void) async throws {
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group, handler: Self.serve)
        let port = try #require(try server.start(on: .loopback(port: 0)).port)
        let folder = FileManager.default.temporaryDirectory.appending(path: "millpond-get-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body("http://127.0.0.1:\(port)", folder)) } catch {
            outcome = .failure(error)
        }
        await server.drain(within: .zero)
        await group.shutdown()
        try outcome.get()
    }

    private func get(_ arguments: [String], in folder: URL, _ environment: [String: String] = [:]) throws -> Ended {
        let process = Process()
        process.executableURL = ServerProcess.binary
        process.arguments = ["get"] + arguments
        process.currentDirectoryURL = folder
        // A sanitizer's suppressions are for the program as well.
        let sanitizers = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
        process.environment = sanitizers.merging(["PATH": "/usr/bin:/bin"]) { $1 }.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // The server runs in this process, on a thread of its own.
        let bytes = Array(output.fileHandleForReading.readDataToEndOfFile())
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Ended(code: process.terminationStatus, output: bytes, errors: text)
    }

    private func bytes(_ folder: URL, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    @Test func aURLBecomesAFile() async throws {
        try await with { base, folder in
            let ended = try get(["\(base)/file%20name"], in: folder)
            #expect(ended.code == 0 && ended.errors.isEmpty && ended.output.isEmpty)
            #expect(try bytes(folder, "file name") == Self.content)
            let named = try get(["\(base)/moved", "-o", "there"], in: folder)
            #expect(named.code == 0)
            #expect(try bytes(folder, "there") == Self.content)
            let printed = try get(["\(base)/file", "-o", "-"], in: folder)
            #expect(printed.code == 0 && printed.output == Self.content)
        }
    }

    @Test func severalAtOnceIntoAFolder() async throws {
        try await with { base, folder in
            let names = (0..<12).map { "file\($0)" }
            try FileManager.default.createDirectory(
                at: folder.appending(path: "to"), withIntermediateDirectories: false)
            let ended = try get(["-o", "to", "--parallel", "3", "--json"] + names.map { "\(base)/\($0)" }, in: folder)
            #expect(ended.code == 0)
            for name in names { #expect(try bytes(folder, "to/\(name)") == Self.content) }
            let lines = ended.text.split(separator: "\n")
            #expect(lines.count == 12)
            let reused = lines.count { $0.contains("\"reused\":true") }
            #expect(reused >= 9)
        }
    }

    @Test func aPartIsContinued() async throws {
        try await with { base, folder in
            try Data(Self.content.prefix(700_000)).write(to: folder.appending(path: "file"))
            let ended = try get(["--continue", "--json", "\(base)/file"], in: folder)
            #expect(ended.code == 0)
            #expect(try bytes(folder, "file") == Self.content)
            let line = try #require(try JSONSerialization.jsonObject(with: Data(ended.output)) as? [String: Any])
            #expect(line["resumedFrom"] as? Int == 700_000)
            #expect(line["status"] as? Int == 206)
            #expect(line["length"] as? Int == Self.content.count)
            #expect(line["finalURL"] as? String == "\(base)/file")
            let seconds = try #require(line["seconds"] as? [String: Double])
            #expect(Set(seconds.keys) == ["resolve", "connect", "firstByte", "total"])
            let parts = (seconds["resolve"] ?? -1) + (seconds["connect"] ?? -1)
            #expect(parts > 0 && parts <= (seconds["total"] ?? 0))
            #expect((seconds["firstByte"] ?? 9) <= (seconds["total"] ?? 0))
            // Complete: nothing to do.
            #expect(try get(["--continue", "\(base)/file"], in: folder).code == 0)
            #expect(try bytes(folder, "file") == Self.content)
        }
    }

    @Test func fieldsCredentialsAndProxies() async throws {
        try await with { base, folder in
            let direct = try get(["\(base)/who", "-o", "-", "-H", "X-Test: a b", "-u", "me:pw"], in: folder)
            #expect(direct.text == "/who [\"millpond/0.1.0\", \"Basic bWU6cHc=\", \"a b\"]")
            let proxied = try get(["http://shop.test/who", "-o", "-"], in: folder, ["http_proxy": base])
            #expect(proxied.text.hasPrefix("http://shop.test/who ["))
            let without = try get(
                ["http://shop.invalid/who", "-o", "-", "--direct", "--connect-timeout", "5"], in: folder,
                ["http_proxy": base])
            #expect([3, 4].contains(without.code))
            let unusable = try get(["\(base)/who"], in: folder, ["http_proxy": "socks5://x"])
            #expect(unusable.code == 1)
            #expect(unusable.errors == "millpond: http_proxy: unsupported URL scheme: socks5\n")
        }
    }

    @Test func failuresAreOneLineAndACode() async throws {
        try await with { base, folder in
            let missing = try get(["\(base)/none", "\(base)/file"], in: folder)
            #expect(missing.code == 8)
            #expect(missing.errors == "millpond: \(base)/none: the server answered 404 Not Found\n")
            // The others go on, and a failure leaves no file.
            #expect(try bytes(folder, "file") == Self.content)
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "none").path(percentEncoded: false)))
            let late = try get(["\(base)/wait", "--timeout", "0.2"], in: folder)
            #expect(late.code == 4)
            #expect(late.errors.split(separator: "\n").count == 1)
            let refused = try get(["http://127.0.0.1:1/x", "--json"], in: folder)
            #expect(refused.code == 3)
            #expect(refused.text.contains("\"error\":"))
            let unwritable = try get(["\(base)/file", "-o", "no/such/folder/file"], in: folder)
            #expect(unwritable.code == 1)
            #expect(unwritable.errors.contains("no/such/folder/file"))
        }
    }

    @Test func aDashInTheURLIsAFile() async throws {
        try await with { base, folder in
            let ended = try get(["\(base)/file/-"], in: folder)
            #expect(ended.code == 0 && ended.output.isEmpty)
            #expect(try bytes(folder, "-") == Self.content)
        }
    }

    /// One Authorization field, whoever has more than one.
    @Test func credentialsOfTheArgumentsCount() async throws {
        try await with { base, folder in
            let url = base.replacing("http://", with: "http://url:pw@") + "/who"
            let rows: [([String], String)] = [
                ([], "Basic dXJsOnB3"), (["-u", "me:pw"], "Basic bWU6cHc="),
                (["-H", "authorization: Bearer x"], "Bearer x"),
                (["-u", "me:pw", "-H", "Authorization: Bearer x"], "Basic bWU6cHc="),
            ]
            for (arguments, wanted) in rows {
                let ended = try get([url, "-o", "-"] + arguments, in: folder)
                #expect(ended.text.contains("\"\(wanted)\""), "\(arguments): \(ended.text)")
            }
        }
    }

    @Test func whatATerminalWouldObey() async throws {
        try await with { base, folder in
            // The name has the introducer of a control sequence, and a mark that turns what follows round.
            let ended = try get(["\(base)/file%C2%9B31m%E2%80%AE"], in: folder)
            #expect(ended.code == 0)
            #expect(try bytes(folder, "index.html") == Self.content)
            let unwritable = try get(["\(base)/file", "-o", "no/\u{9B}31m\u{202E}"], in: folder)
            #expect(unwritable.errors.contains("no/\u{FFFD}31m\u{FFFD}"))
        }
    }

    @Test func mistakesInTheArguments() async throws {
        try await with { base, folder in
            let rows: [([String], String)] = [
                ([], "Missing expected argument"), (["nonsense"], "URL without http"),
                (["https://a/"], "https is not supported yet"), (["http://a/%zz"], "hexadecimal"),
                ([base + "/x", base + "/x"], "would be the same file"),
                ([base + "/a", base + "/b", "-o", "c"], "no folder"),
                ([base, "-H", "nothing"], "a header is"), ([base, "-H", "a b: c"], "can't be sent"),
                ([base, "-H", "Content-Length: 5"], "can't be set"),
                ([base, "-H", "connection: close"], "can't be set"),
                ([base, "--parallel", "0"], "--parallel"), ([base, "-o", "-", "--continue"], "-o -"),
            ]
            for (arguments, text) in rows {
                let ended = try get(arguments, in: folder)
                #expect(ended.code == 64, "\(arguments)")
                #expect(ended.errors.contains(text), "\(arguments): \(ended.errors)")
            }
        }
    }
}
