import MillpondIO
import TestSupport
import Testing

@testable import MillpondHTTP

@Suite("Multipart forms: the parser", .timeLimit(.minutes(5)))
struct MultipartParserTests {
    private static func parse(_ text: String, boundary: String = "b", steps: [Int] = [1 << 20]) -> ParsedMultipart {
        parseMultipart(Array(text.utf8), boundary: boundary, steps: steps)
    }

    private static func form(_ header: String, _ content: String = "x") -> String {
        "--b\r\n\(header)\r\n\r\n\(content)\r\n--b--"
    }

    private static func disposition(_ rest: String) -> String { form("Content-Disposition: \(rest)") }

    /// Beginnings of the delimiter that come to nothing.
    static let nearDelimiters = "x--b--\r\n-b\r\n--c\r\r\n--\n--b\r"

    static let contents: [(String, [String])] = [
        ("--b--", []), ("--b--\r\nepilogue --b\r\n", []), ("preamble\r\n--b--", []), ("\r\n--b--", []),
        (disposition("form-data; name=a"), ["x"]),
        (form("Content-Disposition: form-data; name=a", ""), [""]),
        ("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--", [""]),
        (form("Content-Disposition: form-data; name=a", "\r\n"), ["\r\n"]),
        (form("Content-Disposition: form-data; name=a", nearDelimiters), [nearDelimiters]),
        (
            "--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b\r\n"
                + "content-disposition: FORM-DATA; NAME=b\r\n\r\n2\r\n--b--x", ["1", "2"]
        ),
    ]

    @Test(arguments: contents.indices) func content(_ index: Int) {
        let (text, contents) = Self.contents[index]
        let parsed = Self.parse(text)
        #expect(parsed.isEnded && parsed.error == nil)
        #expect(parsed.contents.map { String(decoding: $0, as: UTF8.self) } == contents)
        for step in [1, 2, 3, 5, 7] { #expect(Self.parse(text, steps: [step]) == parsed, "in pieces of \(step)") }
    }

    static let bad: [(String, HTTPFormError)] = [
        ("--bx\r\n", .delimiter), ("--b-x", .delimiter), ("--b\n", .delimiter), ("--b x\r\n", .delimiter),
        ("--b\rx", .delimiter), ("--b -", .delimiter),
        // A delimiter right behind the header: a part without content, then another without a header.
        (form("Content-Disposition: form-data; name=a", "--b") + "\r\n\r\n", .partHeader),
        ("--b\r\n\r\nx\r\n--b--", .disposition), (form("A: b"), .disposition), (disposition("form-data"), .disposition),
        (disposition("form-data; name"), .disposition), (disposition("form-data; name=\"a"), .disposition),
        (disposition("form-data; name=a b"), .disposition), (disposition("form-data; name=ä"), .disposition),
        (disposition("form-data; name=a; name=b"), .disposition),
        (disposition("form-data; name=a; filename=x; filename=y"), .disposition),
        (disposition("attachment; name=a"), .disposition), (disposition("form-data; =a"), .disposition),
        (form("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=a"), .disposition),
        (disposition("form-data; name=\"%0D\u{1}\""), .partHeader),
        (form("Content-Disposition : form-data; name=a"), .partHeader), (form("x\r\nA: b"), .partHeader),
        (form(": b"), .partHeader), (form("A: b\nC: d"), .partHeader), (form(" A: b"), .partHeader),
        (form("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64"), .transferEncoding),
        (form("Content-Disposition: form-data; name=" + String(repeating: "a", count: 300)), .partHeaderTooLarge),
        ("--b\r\n" + String(repeating: "a", count: 300), .partHeaderTooLarge),
    ]

    @Test(arguments: bad.indices) func malformed(_ index: Int) {
        let (text, error) = Self.bad[index]
        let parsed = Self.parse(text)
        #expect(parsed.error == error && !parsed.isEnded)
        for step in [1, 2, 3] { #expect(Self.parse(text, steps: [step]) == parsed, "in pieces of \(step)") }
    }

    @Test func namesThatAreNotUTF8() {
        let bytes = Array("--b\r\nContent-Disposition: form-data; name=\"".utf8) + [0xFF] + Array("\"\r\n\r\n".utf8)
        #expect(parseMultipart(bytes, steps: [100]).error == .encoding)
    }

    @Test func onceBadAlwaysBad() throws {
        var parser = try MultipartParser(boundary: Array("b".utf8))
        for _ in 0..<2 { #expect(parser.next("--bx".utf8.span.bytes) == .bad(.delimiter)) }
        #expect(parser.next("--b--".utf8.span.bytes) == .bad(.delimiter))
    }

    static let boundaries: [(String, Bool)] = [
        ("", false), ("a", true), (String(repeating: "a", count: 70), true), (String(repeating: "a", count: 71), false),
        ("a b", true), ("a ", false), ("a\r", false), ("ä", false), ("'()+_,-./:=?", true), ("a\"b", false),
        ("a;", false),
    ]

    @Test(arguments: boundaries) func boundaryRows(_ boundary: String, _ isValid: Bool) throws {
        if isValid {
            #expect(Self.parse("--\(boundary)--", boundary: boundary).isEnded)
        } else {
            #expect(throws: HTTPFormError.boundary) { try MultipartParser(boundary: Array(boundary.utf8)) }
        }
    }

    // MARK: What parts say

    struct Names: Sendable {
        let disposition: String
        let name: String
        var fileName: String?
        var safeFileName: String?
    }

    static let nameRows = [
        Names(disposition: "name=\"a b\"", name: "a b"),
        Names(disposition: "name=\"\"", name: ""),
        Names(disposition: "name=\"a%22b%0D%0A%41\"", name: "a\"b\r\n%41"),
        Names(disposition: "name=\"a\\\"b\\\\c\\d\"", name: "a\"b\\c\\d"),
        Names(
            disposition: "name=\"ä\" ; filename=\"größe.txt\"", name: "ä", fileName: "größe.txt",
            safeFileName: "größe.txt"),
        Names(disposition: "filename=x;name=a;", name: "a", fileName: "x", safeFileName: "x"),
        Names(disposition: "name=a; filename=\"\"", name: "a", fileName: ""),
        Names(disposition: "name=a; filename*=UTF-8''x", name: "a"),
        Names(
            disposition: "name=a; filename=\"../../etc/passwd\"", name: "a", fileName: "../../etc/passwd",
            safeFileName: "passwd"),
        Names(
            disposition: "name=a; filename=\"C:\\Users\\me\\x.txt\"", name: "a", fileName: "C:\\Users\\me\\x.txt",
            safeFileName: "x.txt"),
        Names(disposition: "name=a; filename=\"a/..\"", name: "a", fileName: "a/.."),
        Names(disposition: "name=a; filename=\"a/\"", name: "a", fileName: "a/"),
        Names(disposition: "name=a; filename=\". .\"", name: "a", fileName: ". ."),
        Names(disposition: "name=a; filename=\"x%0Dy\"", name: "a", fileName: "x\ry", safeFileName: "xy"),
    ]

    @Test(arguments: nameRows) func parts(_ names: Names) throws {
        let parsed = Self.parse(Self.disposition("form-data; \(names.disposition)"))
        let part = try #require(parsed.parts.first)
        #expect(part.name == names.name && part.fileName == names.fileName && part.safeFileName == names.safeFileName)
    }

    @Test func otherFields() throws {
        let header =
            "Content-Type:  text/plain; charset=utf-8 \r\nContent-Disposition: form-data; name=a\r\nX-Y:\r\n"
            + "content-transfer-encoding: 8BIT"
        let part = try #require(Self.parse(Self.form(header)).parts.first)
        #expect(part.contentType == "text/plain; charset=utf-8" && part.field("x-y") == "" && part.field("z") == nil)
        #expect(part.fields.map(\.name) == ["Content-Type", "Content-Disposition", "X-Y", "content-transfer-encoding"])
    }

    // MARK: Properties

    /// Any contents come back, however the bytes are cut; they are made of the delimiter's own pieces.
    @Test(arguments: 0..<200) func anyContents(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = ["\r", "\n", "\r\n", "-", "--", "b", "\r\n--", "\r\n--c", "\r\n-b", "x", "\0", "--b"]
        let contents = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            var content = ""
            for _ in 0..<Int.random(in: 0...12, using: &random) { content += pieces.randomElement(using: &random)! }
            // The delimiter itself is not content, at its beginning either.
            while content.contains("\r\n--b") || content.hasPrefix("--b") { content.removeFirst() }
            return content
        }
        var text = ["", "pre", "\r\n"].randomElement(using: &random)!
        if !text.isEmpty, !text.hasSuffix("\r\n") { text += "\r\n" }
        for (index, content) in contents.enumerated() {
            text += "--b\r\nContent-Disposition: form-data; name=\"n\(index)\"\r\n\r\n\(content)\r\n"
        }
        text += "--b--"
        let steps = (0..<8).map { _ in Int.random(in: 1...9, using: &random) }
        for steps in [[1 << 20], [1], steps] {
            let parsed = Self.parse(text, steps: steps)
            #expect(parsed.isEnded && parsed.error == nil)
            #expect(parsed.contents.map { String(decoding: $0, as: UTF8.self) } == contents)
            #expect(parsed.parts.map(\.name) == contents.indices.map { "n\($0)" })
        }
    }

    /// No prefix of a form is a whole one, and nothing reads beyond what is shown.
    @Test func everyPrefixAgainstUnmappedMemory() throws {
        let whole = Array(
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n-\r\n--b\r\n\r\n".utf8)
        for count in 0...whole.count {
            var parser = try MultipartParser(boundary: [0x62])
            withBytesBeforeGuardPage(Array(whole[..<count])) { memory in
                let bytes = memory.bytes
                var start = 0
                loop: while start < bytes.byteCount {
                    switch parser.next(bytes.extracting(start..<bytes.byteCount)) {
                    case .needMore: start = bytes.byteCount
                    case .part(let consumed), .partEnd(let consumed): start += consumed
                    case .content(let range): start += range.upperBound
                    case .heldContent: break
                    case .end, .bad: break loop
                    }
                }
            }
            #expect(!parser.isEnded)
        }
    }

    /// What the fuzzer checks, for random bytes of the grammar.
    @Test func fuzzed() {
        let words = [
            "--b", "\r\n", "--", "Content-Disposition: form-data; name=a", "\r\n\r\n", "x", "b", "; filename=\"y\"",
            " ",
            "\"", ":", "&", "=", "%41", "%", "+",
        ]
        for seed in 0..<3000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var bytes = [UInt8.random(in: 0...255, using: &random)]
            if bytes[0] & 1 == 0 { bytes += Array("--b\r\nContent-Disposition: form-data; name=a".utf8) }
            for _ in 0..<Int.random(in: 0...14, using: &random) {
                bytes += Array(words.randomElement(using: &random)!.utf8)
            }
            fuzzMultipart(bytes)
        }
    }
}
