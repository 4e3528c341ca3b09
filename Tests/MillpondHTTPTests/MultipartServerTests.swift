import Foundation
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import Testing

/// Multipart forms over real sockets.
@Suite(.timeLimit(.minutes(2)))
struct MultipartServerTests {
    private static func post(_ body: String, type: String = "multipart/form-data; boundary=\"b\"") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(body)"
    }

    private static func part(_ name: String, _ content: String, file: String? = nil) -> String {
        let fileName = file.map { "; filename=\"\($0)\"" } ?? ""
        return "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\(fileName)\r\n\r\n\(content)\r\n"
    }

    /// Answers with the parts' names and contents; those called "skip" are not read.
    private static func show(limits: MultipartLimits = .init(), textLimit: Int = 100) -> HTTPServer.Handler {
        { request, response in
            var text = ""
            try await request.readMultipart(limits: limits) { form in
                while let part = try await form.nextPart() {
                    if part.name == "skip" { continue }
                    text += "[\(part.name) \(part.fileName ?? "-") "
                    if part.name == "chunks" {
                        while let count = try await form.readChunk({ $0.byteCount }) {
                            text += "\(count > 0 ? "+" : "0")"
                        }
                    } else if part.name == "taken" {
                        while let chunk = try await form.takeChunk() {
                            text += String(decoding: chunk.withUnsafeBytes { Array($0) }, as: UTF8.self)
                        }
                    } else {
                        text += try await form.readText(limit: textLimit)
                    }
                    text += "]"
                }
            }
            try await response.send(text)
        }
    }

    @Test func partsAndContents() async throws {
        let body =
            Self.part("a", "hello") + Self.part("f", "x\r\ny", file: "f.txt") + Self.part("skip", "zzz")
            + Self.part("chunks", "1") + Self.part("taken", "1\r\n-2") + Self.part("e", "") + "--b--\r\n"
        let whole = try await ServerTests.exchange([Self.post(body)], handler: Self.show())
        #expect(whole.hasSuffix("\r\n\r\n[a - hello][f f.txt x\r\ny][chunks - +][taken - 1\r\n-2][e - ]<end>"))
        // Cut at every fifth byte.
        let request = Array(Self.post(body).utf8)
        let pieces = stride(from: 0, to: request.count, by: 5).map { start in
            String(decoding: request[start..<min(start + 5, request.count)], as: UTF8.self)
        }
        let cut = try await ServerTests.exchange(pieces, handler: Self.show())
        #expect(cut.contains("[a - hello][f f.txt x\r\ny][chunks - +") && cut.hasSuffix("[e - ]<end>"))
    }

    @Test func chunkedContent() async throws {
        let body = Self.part("a", "hello") + "--b--"
        var request =
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: Multipart/Form-Data; x=y; Boundary=b\r\nConnection: close\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
        for byte in body {
            request += "1\r\n\(byte)\r\n".replacingOccurrences(of: "1\r\n\r\n\r\n", with: "2\r\n\r\n\r\n")
        }
        let answer = try await ServerTests.exchange([request + "0\r\n\r\n"], handler: Self.show())
        #expect(answer.hasSuffix("[a - hello]<end>"))
    }

    static let refused: [(String, String, String)] = [
        ("multipart/form-data; boundary=b", "--b--", "200"), ("multipart/form-data", "--b--", "400"),
        ("multipart/form-data; boundary=", "--b--", "400"), ("multipart/form-data; boundary=b; boundary=c", "x", "400"),
        ("multipart/mixed; boundary=b", "--b--", "415"), ("text/plain", "x", "415"),
        ("multipart/form-data; boundary=b", "--b", "400"), ("multipart/form-data; boundary=b", "", "400"),
        ("multipart/form-data; boundary=b", part("a", "x"), "400"),
        ("multipart/form-data; boundary=b", "--bad", "400"),
        ("multipart/form-data; boundary=b", part("a", String(repeating: "x", count: 101)) + "--b--", "413"),
        ("multipart/form-data; boundary=b", part("a", "\u{1}") + "--b--", "200"),
    ]

    @Test(arguments: refused) func statuses(_ type: String, _ body: String, _ status: String) async throws {
        let answer = try await ServerTests.exchange([Self.post(body, type: type)], handler: Self.show())
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    }

    @Test func limits() async throws {
        let body = Self.part("a", "1") + Self.part("b", "2") + "--b--"
        let rows: [(MultipartLimits, String)] = [
            (MultipartLimits(bytes: body.utf8.count, parts: 2), "200"),
            (MultipartLimits(bytes: body.utf8.count - 1), "413"), (MultipartLimits(parts: 1), "413"),
            (MultipartLimits(headerBytes: 20), "400"),
        ]
        for (limits, status) in rows {
            let answer = try await ServerTests.exchange([Self.post(body)], handler: Self.show(limits: limits))
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
        // Where the length is not announced, the limit is noticed on the way.
        let chunked =
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nConnection: close\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
        let answer = try await ServerTests.exchange(
            [chunked], handler: Self.show(limits: MultipartLimits(bytes: body.utf8.count - 1)))
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func errorsStick() async throws {
        let answer = try await ServerTests.exchange([Self.post("--b\r\nx\r\n\r\n")]) { request, response in
            var text = ""
            try await request.readMultipart { form in
                for _ in 0..<2 {
                    do { _ = try await form.nextPart() } catch let error as HTTPFormError { text += "\(error);" }
                }
            }
            try await response.send(text)
        }
        #expect(answer.hasSuffix("\r\n\r\nmalformed header of a part;malformed header of a part;<end>"))
    }

    @Test func errorsOfContentStick() async throws {
        let body = Self.part("a", "xyz") + Self.part("b", "2") + "--b--"
        let answer = try await ServerTests.exchange([Self.post(body)]) { request, response in
            var text = ""
            try await request.readMultipart { form in
                _ = try await form.nextPart()
                do { _ = try await form.readContent(limit: 1) } catch let error as HTTPFormError { text += "\(error);" }
                do { _ = try await form.nextPart() } catch let error as HTTPFormError { text += "\(error);" }
            }
            try await response.send(text)
        }
        let text = "\(HTTPFormError.partTooLarge);"
        #expect(answer.hasSuffix("\r\n\r\n\(text)\(text)<end>"))
    }

    /// What is left unread of a form is skipped, and the next request on the connection served.
    @Test func theConnectionGoesOn() async throws {
        let body = Self.part("a", "1") + Self.part("b", "2") + "--b--"
        let request = Self.post(body).replacingOccurrences(of: "Connection: close\r\n", with: "")
        let answer = try await ServerTests.exchange([request + request]) { request, response in
            let name = try await request.readMultipart { form in try await form.nextPart()?.name }
            try await response.send("first \(name ?? "-")")
        }
        #expect(answer.components(separatedBy: "first a").count == 3)
    }

    // MARK: Spooling

    @Test func spooling() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "spool-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path
        let long = String(repeating: "0123456789abcdef", count: 100_000)
        let body = Self.part("short", "abc") + Self.part("long", long, file: "x") + Self.part("after", "z") + "--b--"
        let answer = try await ServerTests.exchange([Self.post(body)], silence: .seconds(1)) { request, response in
            var text = ""
            try await request.readMultipart { form in
                while let part = try await form.nextPart() {
                    let content = try await form.spool(limit: 1_600_000, memoryLimit: 10_000, in: path)
                    text += "[\(part.name) \(content.count) \(content.isFile)"
                    if case .file(let file) = content {
                        try file.keep(at: path + "/kept")
                        // The kept name is the only one.
                        text += " \(try FileManager.default.contentsOfDirectory(atPath: path).count)"
                    }
                    text += "]"
                }
            }
            try await response.send(text)
        }
        #expect(answer.hasSuffix("[short 3 false][long 1600000 true 1][after 1 false]<end>"))
        #expect(try String(contentsOfFile: path + "/kept", encoding: .utf8) == long)
    }

    @Test func spoolingThatFails() async throws {
        let body = Self.part("long", String(repeating: "x", count: 600_000)) + "--b--"
        let rows = [(1_000_000, "/does/not/exist", "500"), (599_999, "/tmp", "413"), (9, "/tmp", "413")]
        for (limit, folder, status) in rows {
            let answer = try await ServerTests.exchange([Self.post(body)], silence: .seconds(1)) { request, response in
                try await request.readMultipart { form in
                    while try await form.nextPart() != nil {
                        _ = try await form.spool(limit: limit, memoryLimit: 1000, in: folder)
                    }
                }
            }
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(limit) \(folder)")
        }
    }

    @Test func aTemporaryFileHasNoNameAndGoes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "file-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var file = try TemporaryFile(in: folder.path)
        var chain = ByteChain()
        try chain.append(copying: "hello".utf8.span.bytes)
        try file.append(&chain)
        #expect(file.count == 5 && chain.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        let error = #expect(throws: IOError.self) { try file.keep(at: "/does/not/exist") }
        #expect(error?.errno == ENOENT)
        let descriptor = file.descriptor
        _ = consume file
        #expect(fcntl(descriptor, F_GETFD) == -1)
    }
}
