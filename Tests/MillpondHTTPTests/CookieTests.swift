import MillpondHTTP
import Testing

@Suite("Set-Cookie", .timeLimit(.minutes(5)))
struct CookieTests {
    @Test func everyAttribute() throws {
        var cookie = HTTPSetCookie("__Secure-id", "\"a=b/c+d%\"")
        cookie.path = "/x y"
        cookie.domain = "Sub.Example.com"
        cookie.expires = 784_111_777
        cookie.maxAge = 3600
        cookie.isSecure = true
        cookie.sameSite = HTTPSetCookie.SameSite.none
        cookie.isPartitioned = true
        #expect(
            try cookie.fieldValue()
                == "__Secure-id=\"a=b/c+d%\"; Path=/x y; Domain=Sub.Example.com; Expires=Sun, 06 Nov 1994 08:49:37 GMT"
                + "; Max-Age=3600; Secure; HttpOnly; SameSite=None; Partitioned")
    }

    @Test func plain() throws {
        var cookie = HTTPSetCookie("a", "")
        cookie.isHTTPOnly = false
        cookie.sameSite = nil
        #expect(try cookie.fieldValue() == "a=")
        cookie.maxAge = -5
        cookie.expires = 253_402_300_799
        #expect(try cookie.fieldValue() == "a=; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Max-Age=0")
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let error: HTTPCookieError
        let note: String
        let change: @Sendable (inout HTTPSetCookie) -> Void

        init(_ error: HTTPCookieError, _ note: String, _ change: @escaping @Sendable (inout HTTPSetCookie) -> Void) {
            self.error = error
            self.note = note
            self.change = change
        }

        var testDescription: String { "\(error): \(note)" }
    }

    static let bad = [
        Row(.name, "empty") { $0.name = "" },
        Row(.name, "blank") { $0.name = "a b" },
        Row(.name, "equals") { $0.name = "a=b" },
        Row(.name, "umlaut") { $0.name = "ä" },
        Row(.value, "semicolon") { $0.value = "a;b" },
        Row(.value, "line end") { $0.value = "a\r\nSet-Cookie: x=y" },
        Row(.value, "comma") { $0.value = "a,b" },
        Row(.value, "blank") { $0.value = "a b" },
        Row(.value, "quote inside") { $0.value = "a\"b" },
        Row(.value, "one quote") { $0.value = "\"" },
        Row(.value, "backslash") { $0.value = "a\\b" },
        Row(.value, "umlaut") { $0.value = "ä" },
        Row(.path, "relative") { $0.path = "a" },
        Row(.path, "empty") { $0.path = "" },
        Row(.path, "semicolon") { $0.path = "/a; Secure" },
        Row(.path, "control") { $0.path = "/\u{7F}" },
        Row(.domain, "empty") { $0.domain = "" },
        Row(.domain, "leading dot") { $0.domain = ".a.com" },
        Row(.domain, "semicolon") { $0.domain = "a.com; Secure" },
        Row(.domain, "hyphen") { $0.domain = "-a.com" },
        Row(.domain, "long label") { $0.domain = String(repeating: "a", count: 64) + ".com" },
        Row(.domain, "port") { $0.domain = "a.com:80" },
        Row(.expires, "before 1970") { $0.expires = -1 },
        Row(.expires, "after 9999") { $0.expires = 253_402_300_800 },
        Row(.prefix, "not secure") { $0.name = "__Secure-a" },
        Row(.prefix, "host without path") {
            $0.name = "__Host-a"
            $0.isSecure = true
        },
        Row(.prefix, "host with domain") {
            $0.name = "__HOST-a"
            $0.isSecure = true
            $0.path = "/"
            $0.domain = "a.com"
        },
        Row(.sameSite, "not secure") { $0.sameSite = HTTPSetCookie.SameSite.none },
        Row(.partitioned, "not secure") { $0.isPartitioned = true },
        Row(.tooLarge, "value") { $0.value = String(repeating: "a", count: 4096) },
        Row(.tooLarge, "path") { $0.path = "/" + String(repeating: "a", count: 1024) },
    ]

    @Test(arguments: bad) func refused(_ row: Row) {
        var cookie = HTTPSetCookie("a", "b")
        row.change(&cookie)
        #expect(throws: row.error) { try cookie.fieldValue() }
    }

    @Test func theHostPrefix() throws {
        var cookie = HTTPSetCookie("__Host-a", "b")
        cookie.isSecure = true
        cookie.path = "/"
        #expect(try cookie.fieldValue() == "__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax")
    }
}
