import Foundation
import MillpondHTTP
import MillpondIO
import MillpondNet
import Testing

/// curl as the peer: the HTTP server against a client that others wrote.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CurlTests {
    static let large = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 12) }

    /// A body in a few words.
    struct Digest {
        var count = 0
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325

        mutating func add(_ byte: UInt8) {
            count += 1
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }

        static func of(_ bytes: some Sequence<UInt8>) -> String {
            var digest = Digest()
            for byte in bytes { digest.add(byte) }
            return digest.text
        }

        var text: String { "\(count) bytes, hash \(String(hash, radix: 16))" }
    }

    private static let routes: HTTPServer.Handler = { request, response in
        switch request.pathString {
        case "/hello": try await response.send("hello")
        case "/digest":
            let framing = request.remainingBodyCount == nil ? "chunked" : "length"
            var digest = Digest()
            let show: (RawSpan) -> Bool = { piece in
                piece.withUnsafeBytes { for byte in $0 { digest.add(byte) } }
                return true
            }
            while try await request.readChunk(show) != nil {}
            try await response.send("\(request.method) \(framing) \(digest.text)")
        case "/whole": try await response.send("\(try await request.readBody().count)")
        case "/unread": try await response.send("not interested")
        case "/pieces":
            for word in ["one, ", "two, ", "three"] { try await response.write(word) }
        case "/large": try await response.send(large)
        case "/stream":
            for start in stride(from: 0, to: large.count, by: 100_000) {
                try await response.write(large.span.extracting(start..<min(large.count, start + 100_000)).bytes)
            }
        default: response.status = .notFound
        }
    }

    /// What curl got: its exit code, what it wrote, and what it told with `-v`.
    struct Result {
        let code: Int32
        let output: [UInt8]
        let log: String
        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// A server and a folder for one test.
    final class Fixture {
        let group: ReactorGroup
        let server: HTTPServer
        let folder: TemporaryFolder
        let base: String

        init() throws {
            group = try ReactorGroup(count: 2)
            var options = HTTPServerOptions()
            // However slow the machine: curl decides when a refused upload ends.
            options.listener.channel.lingerTimeout = .seconds(30)
            server = HTTPServer(group: group, options: options, handler: routes)
            base = "http://\(try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!))"
            folder = try TemporaryFolder()
            try Data(large).write(to: URL(fileURLWithPath: folder.path + "/large"))
        }

        /// The file that holds `large`.
        var largePath: String { folder.path + "/large" }
        /// Options that each group of requests needs anew.
        static let ordinary = ["-sS", "--noproxy", "*", "--max-time", "30"]

        /// Runs curl with `input` as its standard input; paths become addresses of the server.
        func curl(_ arguments: [String], input: [UInt8] = []) throws -> Result {
            let inputPath = folder.path + "/input", logPath = folder.path + "/log"
            try Data(input).write(to: URL(fileURLWithPath: inputPath))
            try Data().write(to: URL(fileURLWithPath: logPath))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            // `-q`, which ignores the user's settings, must come first.
            process.arguments =
                ["curl", "-q", "-v"] + (Self.ordinary + arguments).map { $0.first == "/" ? base + $0 : $0 }
            process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: inputPath))
            process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: logPath))
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let bytes = Array(output.fileHandleForReading.readDataToEndOfFile())
            process.waitUntilExit()
            let log = try String(decoding: Data(contentsOf: URL(fileURLWithPath: logPath)), as: UTF8.self)
            return Result(code: process.terminationStatus, output: bytes, log: log)
        }

        func stop() async {
            await server.drain(within: .seconds(1))
            await group.shutdown()
        }
    }

    private func with(_ body: (Fixture) throws -> Void) async throws {
        let fixture = try Fixture()
        let outcome = Swift.Result { try body(fixture) }
        await fixture.stop()
        try outcome.get()
    }

    @Test func getsAndHeads() async throws {
        try await with { fixture in
            let got = try fixture.curl(["/hello"])
            #expect(got.code == 0 && got.text == "hello")
            let old = try fixture.curl(["--http1.0", "/hello"])
            #expect(old.code == 0 && old.text == "hello")
            let head = try fixture.curl(["-I", "/hello"])
            #expect(head.code == 0 && head.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.text.contains("Content-Length: 5\r\n") && head.text.hasSuffix("\r\n\r\n"))
            for path in ["/large", "/stream"] {
                let large = try fixture.curl([path])
                #expect(large.code == 0 && large.output == Self.large, "\(path): \(large.output.count) bytes")
                #expect(large.log.contains("Transfer-Encoding: chunked") == (path == "/stream"))
            }
        }
    }

    @Test(arguments: [0, 1, 5, 4096, 65_536, 1_000_000]) func postsInBothFramings(count: Int) async throws {
        let body = Array(Self.large.prefix(count))
        try await with { fixture in
            let sized = try fixture.curl(["--data-binary", "@-", "/digest"], input: body)
            #expect(sized.text == "POST length \(Digest.of(body))")
            let chunked = ["-H", "Transfer-Encoding: chunked", "/digest"]
            let posted = try fixture.curl(["--data-binary", "@-"] + chunked, input: body)
            #expect(posted.text == "POST chunked \(Digest.of(body))")
            let put = try fixture.curl(["-T", "-"] + chunked, input: body)
            #expect(put.text == "PUT chunked \(Digest.of(body))")
        }
    }

    /// curl waits for a minute unless it is told to go on; it is ended after half of one.
    @Test func continuesWhereTheContentIsWanted() async throws {
        let patient = ["-H", "Expect: 100-continue", "--expect100-timeout", "60", "-w", "\n%{size_upload}"]
        let expected = Digest.of(Self.large)
        try await with { fixture in
            let sized = try fixture.curl(patient + ["--data-binary", "@\(fixture.largePath)", "/digest"])
            #expect(sized.text == "POST length \(expected)\n\(Self.large.count)")
            #expect(sized.log.contains("< HTTP/1.1 100 Continue"))
            let chunked = try fixture.curl(
                patient + ["-H", "Transfer-Encoding: chunked", "-T", "-", "/digest"], input: Self.large)
            #expect(chunked.text.hasPrefix("PUT chunked \(expected)\n"))
            #expect(chunked.log.contains("< HTTP/1.1 100 Continue"))
            // Where it is not, nothing of it is sent.
            for (path, status) in [("/whole", 413), ("/unread", 200), ("/missing", 404)] {
                let refused = try fixture.curl(patient + ["--data-binary", "@\(fixture.largePath)", path])
                #expect(refused.code == 0 && refused.log.contains("< HTTP/1.1 \(status) "), "\(path)")
                #expect(refused.text.hasSuffix("\n0") && !refused.log.contains("100 Continue"), "\(path)")
            }
        }
    }

    /// A client that is still sending gets its answer all the same: the connection isn't reset under it.
    @Test func refusesWhileTheContentIsUnderWay() async throws {
        try await with { fixture in
            for (path, status) in [("/whole", 413), ("/unread", 200)] {
                let refused = try fixture.curl(["-H", "Expect:", "--data-binary", "@\(fixture.largePath)", path])
                #expect(refused.code == 0 && refused.log.contains("< HTTP/1.1 \(status) "), "\(path)")
            }
        }
    }

    @Test func keepsTheConnection() async throws {
        try await with { fixture in
            let connects = ["-w", "\n%{http_code}, connects: %{num_connects}\n"]
            let three = try fixture.curl(connects + ["/hello", "/missing", "/hello"])
            #expect(Self.told(three) == ["200, connects: 1", "404, connects: 0", "200, connects: 0"])
            // Also after content in either framing, read or not, and after an answer without content.
            let body = ["-d", "some content"]
            let chunked = ["-H", "Transfer-Encoding: chunked"] + body
            let requests = [
                ["-I", "/hello"], body + ["/digest"], chunked + ["/digest"], body + ["/unread"], chunked + ["/unread"],
                ["/pieces"], ["/hello"],
            ]
            let mixed = try fixture.curl(
                Array(requests.map { Fixture.ordinary + connects + $0 }.joined(separator: ["--next"])))
            let again = [String](repeating: "200, connects: 0", count: requests.count - 1)
            #expect(mixed.code == 0 && Self.told(mixed) == ["200, connects: 1"] + again)
        }
    }

    /// What `-w` wrote.
    private static func told(_ result: Result) -> [String] {
        result.text.split(separator: "\n").map(String.init).filter { $0.contains(", connects: ") }
    }

    @Test func refusesBeyondTheLimits() async throws {
        try await with { fixture in
            for (arguments, status) in [
                (["-H", "X-Large: " + String(repeating: "a", count: 40_000), "/hello"], 431),
                ((0..<120).flatMap { ["-H", "X-\($0): a"] } + ["/hello"], 431),
                (["/hello?" + String(repeating: "a", count: 9000)], 414),
                (["-X", String(repeating: "A", count: 40), "/hello"], 501),
                (["-H", "Host:", "/hello"], 400),
                (["-H", "Transfer-Encoding: gzip, chunked", "-d", "a", "/hello"], 501),
                (["-H", "Content-Length: 3", "-H", "Transfer-Encoding: chunked", "-d", "a", "/hello"], 400),
            ] {
                let refused = try fixture.curl(arguments)
                #expect(refused.code == 0 && refused.log.contains("< HTTP/1.1 \(status) "), "\(arguments.first ?? "")")
            }
        }
    }
}
