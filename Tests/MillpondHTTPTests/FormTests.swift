import Foundation
import MillpondHTTP
import Testing

@Suite("Urlencoded forms", .timeLimit(.minutes(5)))
struct FormTests {
    private static func parse(_ text: String, limits: HTTPFormLimits = .init()) throws(HTTPFormError) -> HTTPForm {
        try HTTPForm(urlEncoded: text.utf8.span.bytes, limits: limits)
    }

    static let good: [(String, [[String]])] = [
        ("", []), ("a=b", [["a", "b"]]), ("a", [["a", ""]]), ("a=", [["a", ""]]), ("=b", [["", "b"]]),
        ("a=b=c", [["a", "b=c"]]), ("&&a=1&&b=2&", [["a", "1"], ["b", "2"]]), ("a+b=c+d", [["a b", "c d"]]),
        ("a%2Bb=%26%3D", [["a+b", "&="]]), ("a=1&a=2", [["a", "1"], ["a", "2"]]), ("%C3%A4=%e2%82%ac", [["ä", "€"]]),
        ("a;b=c", [["a;b", "c"]]), ("=", [["", ""]]), ("a=%00", [["a", "\0"]]),
    ]

    @Test(arguments: good) func wellFormed(_ text: String, _ fields: [[String]]) throws {
        let form = try Self.parse(text)
        #expect(form.fields.map { [$0.name, $0.value] } == fields)
        // And back.
        #expect(try Self.parse(form.urlEncoded) == form)
    }

    static let bad: [(String, HTTPFormError)] = [
        ("a=%", .escape), ("a=%4", .escape), ("%zz=1", .escape), ("a=%4&b", .escape), ("ok=1&a=%u1234", .escape),
        ("a=%ff", .encoding), ("%C3=1", .encoding), ("a=%ED%A0%80", .encoding), ("a=%C0%80", .encoding),
    ]

    @Test(arguments: bad) func malformed(_ text: String, _ error: HTTPFormError) {
        #expect(throws: error) { try Self.parse(text) }
        #expect(error.status == .badRequest)
    }

    @Test func limits() throws {
        #expect(try Self.parse("a=1&b=2", limits: .init(bytes: 7, fields: 2)).fields.count == 2)
        #expect(throws: HTTPFormError.tooLarge) { try Self.parse("a=1&b=2", limits: .init(bytes: 6)) }
        #expect(throws: HTTPFormError.tooManyFields) { try Self.parse("a=1&b=2", limits: .init(fields: 1)) }
    }

    @Test func lookups() throws {
        let form = try Self.parse("a=1&b=2&a=3")
        #expect(form["a"] == "1" && form["c"] == nil && form.values("a") == ["1", "3"])
    }

    @Test(arguments: 0..<50) func anyFieldsComeBack(seed: UInt64) throws {
        var random = Numbers(state: seed)
        let scalars: [Unicode.Scalar] = ["a", "&", "=", "+", "%", " ", "ä", "€", "\0", "\n", ";", "~", "😀"]
        func text() -> String {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...6, using: &random) { text.append(scalars.randomElement(using: &random)!) }
            return String(text)
        }
        let fields = (0..<Int.random(in: 0...8, using: &random)).map { _ in HTTPForm.Field(name: text(), value: text())
        }
        #expect(try Self.parse(HTTPForm(fields: fields).urlEncoded).fields == fields)
    }

    struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }
}

/// Forms and cookies over real sockets.
@Suite(.timeLimit(.minutes(2)))
struct FormServerTests {
    private static func exchange(
        _ requests: [String], _ handler: @escaping HTTPServer.Handler
    ) async throws -> String {
        try await ServerTests.exchange(requests, handler: handler)
    }

    static let showForm: HTTPServer.Handler = { request, response in
        let form = try await request.readForm(limits: .init(bytes: 64, fields: 3))
        try await response.send(form.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|"))
    }

    private static func post(_ body: String, type: String? = "application/x-www-form-urlencoded") -> String {
        let field = type.map { "Content-Type: \($0)\r\n" } ?? ""
        return "POST / HTTP/1.1\r\nHost: a\r\n\(field)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func aForm() async throws {
        let one = try await Self.exchange([Self.post("a=1+2&b=%26")], Self.showForm)
        #expect(one.hasSuffix("\r\n\r\na=1 2|b=&"))
        let types = "Application/X-WWW-Form-Urlencoded ; charset=utf-8"
        #expect(try await Self.exchange([Self.post("a=1", type: types)], Self.showForm).hasSuffix("a=1"))
        let chunked =
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n3\r\na=%\r\n"
        #expect(try await Self.exchange([chunked, "4\r\n41&b\r\n0\r\n\r\n"], Self.showForm).hasSuffix("a=A|b="))
    }

    /// Longer than any block.
    @Test func aLongForm() async throws {
        let value = String(repeating: "x", count: 3 << 20)
        let answer = try await Self.exchange([Self.post("a=\(value)&b=2")]) { request, response in
            let form = try await request.readForm(limits: .init(bytes: 4 << 20))
            try await response.send("\(form["a"]?.utf8.count ?? 0) \(form["b"] ?? "")")
        }
        #expect(answer.hasSuffix("\r\n\r\n\(value.utf8.count) 2"))
    }

    @Test func formsThatAreRefused() async throws {
        let rows: [(String, String?, String)] = [
            ("a=%", "application/x-www-form-urlencoded", "400"), ("a=1", nil, "415"), ("a=1", "text/plain", "415"),
            (String(repeating: "x", count: 65), "application/x-www-form-urlencoded", "413"),
            ("a&b&c&d", "application/x-www-form-urlencoded", "413"),
        ]
        for (body, type, status) in rows {
            let answer = try await Self.exchange([Self.post(body, type: type)], Self.showForm)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(body)")
        }
    }

    @Test func theQuery() async throws {
        let handler: HTTPServer.Handler = { request, response in
            let all = try request.queryForm(limits: .init(bytes: 32, fields: 2))
            let b = try request.queryValue("b ")
            try await response.send("\(all.fields.count) \(b ?? "nil")")
        }
        let rows = [
            ("/", "0 nil"), ("/?", "0 nil"), ("/?a=1&b+=%C3%A4", "2 ä"), ("/?b%20", "1 "), ("/?a=%", "400"),
            ("/?a=%ff", "400"), ("/?a&b&c", "413"), ("/?" + String(repeating: "x", count: 33), "413"),
        ]
        for (target, expected) in rows {
            let answer = try await Self.exchange(["GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n"], handler)
            #expect(answer.hasSuffix("\r\n\r\n\(expected)") || answer.hasPrefix("HTTP/1.1 \(expected) "), "\(target)")
        }
    }

    @Test func cookies() async throws {
        let handler: HTTPServer.Handler = { request, response in
            var all: [String] = []
            request.forEachCookie { name, value in
                func text(_ bytes: RawSpan) -> String { bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
                all.append("\(text(name))=\(text(value))")
            }
            var cookie = HTTPSetCookie("seen", request.cookieString("b") ?? "none")
            cookie.path = "/"
            try response.setCookie(cookie)
            try response.setCookie(.removal(of: "old"))
            try await response.send(all.joined(separator: "|"))
        }
        let head =
            "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=2;c = \"x\" ; d;=e; b=3; f=x=y; [=1\r\nCookie: g=\r\n\r\n"
        let answer = try await Self.exchange([head], handler)
        #expect(answer.hasSuffix("\r\n\r\na=1|b=2|c=x|b=3|f=x=y|g="))
        #expect(answer.contains("\r\nSet-Cookie: seen=2; Path=/; HttpOnly; SameSite=Lax\r\n"))
        #expect(answer.contains("\r\nSet-Cookie: old=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly;"))
    }
}
