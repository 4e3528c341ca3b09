import MillpondHTTP
import Testing

/// What a jar keeps and sends (RFC 6265, section 5).
@Suite(.timeLimit(.minutes(5))) struct CookieJarTests {
    private static let now = 1_000_000_000

    /// Sets cookies from one URL and says what goes to another.
    private func sent(_ fields: [String], from: String, to: String) throws -> String? {
        let jar = CookieJar()
        for field in fields { jar.set(field, from: try HTTPURL(from), now: Self.now) }
        return jar.field(for: try HTTPURL(to), now: Self.now)
    }

    @Test(arguments: [
        ("a=b", "a=b"), ("a=b; Path=/", "a=b"), (" a = b ;x", "a=b"), ("a=b=c", "a=b=c"), ("a=", "a="),
        ("a=\"b c\"", "a=\"b c\""), ("a=b;", "a=b"), ("a=b;;;", "a=b"), ("=b", "b"), ("b", "b"), ("a=ü", "a=ü"),
        ("a=b; unknown=x; secured", "a=b"), ("a=b, c=d", "a=b, c=d"),
        ("", nil), (";a=b", nil), ("=", nil), (" ; ", nil), ("a=b\0", nil), ("a=b\r\nX: y", nil), ("a\u{7F}=b", nil),
        ("a=b; Path=/\u{1}", nil), ("a=b\tc", "a=b\tc"),
    ])
    func pairs(_ field: String, _ expected: String?) throws {
        #expect(try sent([field], from: "http://h/", to: "http://h/") == expected)
    }

    /// The host that sets the cookie, the attribute, the host that is asked, whether it gets it.
    @Test(arguments: [
        ("example.com", "", "example.com", true), ("example.com", "", "www.example.com", false),
        ("example.com", "", "com", false), ("example.com", "; Domain=example.com", "example.com", true),
        ("example.com", "; Domain=example.com", "www.example.com", true),
        ("example.com", "; Domain=.EXAMPLE.com", "a.b.example.com", true),
        ("example.com", "; Domain=example.com", "notexample.com", false),
        ("www.example.com", "; Domain=example.com", "mail.example.com", true),
        ("www.example.com", "; Domain=other.com", "other.com", false),
        ("example.com", "; Domain=www.example.com", "www.example.com", false),
        ("example.com", "; Domain=com", "other.com", false), ("example.com", "; Domain=com", "example.com", false),
        ("example.com", "; Domain=", "example.com", true), ("example.com", "; Domain=", "www.example.com", false),
        ("example.com", "; Domain=x.com; Domain=example.com", "www.example.com", true),
        ("localhost", "; Domain=localhost", "localhost", true), ("192.0.2.1", "", "192.0.2.1", true),
        ("192.0.2.1", "; Domain=192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "; Domain=2.1", "192.0.2.1", false),
        ("[2001:db8::1]", "", "[2001:db8::1]", true),
    ])
    func domains(_ from: String, _ attribute: String, _ to: String, _ isSent: Bool) throws {
        let field = try sent(["a=b\(attribute)"], from: "http://\(from)/", to: "http://\(to)/")
        #expect((field != nil) == isSent)
    }

    /// It would be a suffix with a dot in it.
    @Test func aDomainDoesNotEndInADot() throws {
        let jar = CookieJar()
        #expect(try !jar.set("a=1; Domain=com.", from: HTTPURL("http://evil.com./")))
        #expect(jar.count == 0)
    }

    @Test func publicSuffixesAreAHook() throws {
        let jar = CookieJar(isPublicSuffix: { ["com", "co.uk", "github.io"].contains($0) })
        #expect(!jar.set("a=b; Domain=co.uk", from: try HTTPURL("http://example.co.uk/")))
        #expect(jar.set("a=b; Domain=example.co.uk", from: try HTTPURL("http://www.example.co.uk/")))
        // The suffix itself may have cookies of its own, which its users do not get.
        #expect(jar.set("c=d; Domain=github.io", from: try HTTPURL("http://github.io/")))
        #expect(jar.field(for: try HTTPURL("http://github.io/")) == "c=d")
        #expect(jar.field(for: try HTTPURL("http://user.github.io/")) == nil)
    }

    /// Where the cookie is set, the attribute, where it is asked for, whether it is sent.
    @Test(arguments: [
        ("/", "", "/", true), ("/", "", "/a/b", true), ("/a", "", "/b", true), ("/a/b", "", "/a/c", true),
        ("/a/b", "", "/a", true), ("/a/b", "", "/", false), ("/a/b", "", "/ab", false), ("/a/", "", "/a/x", true),
        ("/x", "; Path=/a", "/a", true), ("/x", "; Path=/a", "/a/", true), ("/x", "; Path=/a", "/a/b", true),
        ("/x", "; Path=/a", "/ab", false), ("/x", "; Path=/a/", "/a/b", true), ("/x", "; Path=/a/", "/a", false),
        ("/x/y", "; Path=a", "/x/z", true), ("/x/y", "; Path=a", "/", false), ("/x/y", "; Path=", "/x/z", true),
        ("/x", "; Path=/a; Path=/b", "/b", true), ("/x", "; Path=/a; Path=/b", "/a", false),
        ("/x?/y/z", "", "/", true),
    ])
    func paths(_ from: String, _ attribute: String, _ to: String, _ isSent: Bool) throws {
        let field = try sent(["a=b\(attribute)"], from: "http://h\(from)", to: "http://h\(to)")
        #expect((field != nil) == isSent)
    }

    @Test(
        arguments: [
            ("", nil), ("; Max-Age=10", 10), ("; Max-Age=0", -1), ("; Max-Age=-5", -1), ("; Max-Age=x", nil),
            ("; Max-Age=1x", nil), ("; Max-Age=", nil), ("; Max-Age=+1", nil), ("; Max-Age=10; Max-Age=20", 20),
            ("; Max-Age=99999999999999999999999", 400 * 86400), ("; Max-Age=99999999", 400 * 86400),
            // 9 September 2001, 01:46:40.
            ("; Expires=Sun, 09 Sep 2001 01:46:50 GMT", 10), ("; Expires=Sun, 09 Sep 2001 01:46:40 GMT", -1),
            ("; Expires=Sun, 09 Sep 2000 01:46:40 GMT", -1), ("; Expires=Sun, 09 Sep 2001 01:46:50 GMT; Max-Age=5", 5),
            ("; Max-Age=5; Expires=Sun, 09 Sep 2000 01:46:40 GMT", 5), ("; Expires=soon", nil),
            ("; Expires=Sun, 09 Sep 2090 01:46:40 GMT", 400 * 86400),
        ] as [(String, Int?)])
    func expiry(_ attributes: String, _ seconds: Int?) throws {
        let url = try HTTPURL("http://h/")
        let jar = CookieJar()
        let isKept = jar.set("a=b\(attributes)", from: url, now: Self.now)
        #expect(isKept == (seconds ?? 0 >= 0))
        guard isKept else { return }
        #expect(jar.all.first?.expires == seconds.map { Self.now + $0 })
        if let seconds {
            #expect(jar.field(for: url, now: Self.now + seconds - 1) == "a=b")
            #expect(jar.field(for: url, now: Self.now + seconds) == nil)
        }
    }

    @Test func anExpiredCookieRemovesItsPredecessor() throws {
        let url = try HTTPURL("http://h/")
        let jar = CookieJar()
        jar.set("a=b", from: url, now: Self.now)
        jar.set("a=c; Path=/other", from: url, now: Self.now)
        jar.set("a=; Max-Age=0", from: url, now: Self.now)
        #expect(jar.all.map(\.value) == ["c"])
    }

    @Test func aCookieReplacesItsNamesake() throws {
        let url = try HTTPURL("http://h/")
        let jar = CookieJar()
        for field in ["a=1", "b=2", "a=3"] { jar.set(field, from: url, now: Self.now) }
        // In the order of their creation: the replaced one keeps its place.
        #expect(jar.field(for: url, now: Self.now) == "a=3; b=2")
        #expect(jar.count == 2)
    }

    @Test func longerPathsComeFirst() throws {
        let jar = CookieJar()
        let url = try HTTPURL("http://h/a/b/c")
        for field in ["x=1; Path=/", "y=2; Path=/a/b", "z=3; Path=/a", "w=4; Path=/a/b"] {
            jar.set(field, from: url, now: Self.now)
        }
        #expect(jar.field(for: url, now: Self.now) == "y=2; w=4; z=3; x=1")
        #expect(jar.cookies(for: url, now: Self.now).map(\.name) == ["y", "w", "z", "x"])
    }

    @Test func secureMeansHTTPS() throws {
        let (http, https) = (try HTTPURL("http://h/"), try HTTPURL("https://h/"))
        let jar = CookieJar()
        #expect(!jar.set("a=b; Secure", from: http))
        #expect(jar.set("a=b; Secure", from: https))
        #expect(jar.field(for: http) == nil)
        #expect(jar.field(for: https) == "a=b")
        // http must not hide or replace what https has set.
        #expect(!jar.set("a=evil", from: http))
        #expect(!jar.set("a=evil; Path=/x", from: http))
        #expect(jar.set("c=d", from: http))
        #expect(jar.field(for: https) == "a=b; c=d")
    }

    @Test(arguments: [
        ("__Secure-a=b; Secure", true), ("__Secure-a=b", false), ("__Host-a=b; Secure; Path=/", true),
        ("__Host-a=b; Secure", false), ("__Host-a=b; Path=/", false), ("__Host-a=b; Secure; Path=/; Domain=h.x", false),
        ("__host-a=b; Secure", false), ("__Host-a=b; Secure; Path=/x", false),
    ])
    func prefixesMeanWhatTheySay(_ field: String, _ isKept: Bool) throws {
        #expect(CookieJar().set(field, from: try HTTPURL("https://h.x/")) == isKept)
    }

    @Test func attributesAreKept() throws {
        let jar = CookieJar()
        jar.set("a=b; HttpOnly; SameSite=Lax; secure", from: try HTTPURL("https://h.x/p/q"), now: Self.now)
        jar.set("c=d; samesite=STRICT; domain=h.x", from: try HTTPURL("https://h.x/"), now: Self.now)
        jar.set("e=f; SameSite=None", from: try HTTPURL("https://h.x/"), now: Self.now)
        jar.set("g=h; SameSite=x", from: try HTTPURL("https://h.x/"), now: Self.now)
        let all = jar.all
        #expect(all.map(\.sameSite) == [.lax, .strict, StoredCookie.SameSite.none, nil])
        #expect(all.map(\.isHTTPOnly) == [true, false, false, false])
        #expect(all.map(\.isSecure) == [true, false, false, false])
        #expect(all.map(\.isHostOnly) == [true, false, true, true])
        #expect(all.map(\.path) == ["/p", "/", "/", "/"])
        jar.remove { $0.isHTTPOnly }
        #expect(jar.count == 3)
        jar.remove()
        #expect(jar.count == 0)
    }

    // MARK: Bounds

    @Test func longCookiesAreIgnored() throws {
        let url = try HTTPURL("http://h/")
        let jar = CookieJar()
        #expect(jar.set("a=" + String(repeating: "x", count: 4095), from: url))
        #expect(!jar.set("b=" + String(repeating: "x", count: 4096), from: url))
        // A long attribute is as if it were not there.
        #expect(jar.set("c=d; Path=/" + String(repeating: "x", count: 1024), from: url))
        #expect(jar.all.last?.path == "/")
    }

    @Test func theLeastUsedOfADomainGoes() throws {
        var limits = CookieJar.Limits()
        limits.perDomain = 3
        let jar = CookieJar(limits: limits)
        for name in ["a", "b", "c"] {
            jar.set("\(name)=1; Path=/\(name)", from: try HTTPURL("http://h/"), now: Self.now)
        }
        _ = jar.field(for: try HTTPURL("http://h/a"), now: Self.now)
        jar.set("d=1", from: try HTTPURL("http://h/"), now: Self.now)
        #expect(jar.all.map(\.name) == ["a", "c", "d"])
        // Expired ones go before anything that was used.
        jar.set("c=1; Path=/c; Max-Age=1", from: try HTTPURL("http://h/"), now: Self.now)
        jar.set("e=1", from: try HTTPURL("http://h/"), now: Self.now + 5)
        #expect(jar.all.map(\.name) == ["a", "d", "e"])
    }

    /// A field has a bound, which servers take; what was used last is sent.
    @Test func theFieldIsBounded() throws {
        let jar = CookieJar()
        let long = String(repeating: "x", count: 1000)
        for number in 0..<30 {
            jar.set("c\(number)=\(long); Path=/\(number % 2)", from: try HTTPURL("http://h/"), now: Self.now)
            jar.set("d\(number)=\(long)", from: try HTTPURL("http://h/"), now: Self.now)
        }
        _ = jar.field(for: try HTTPURL("http://h/1"), now: Self.now)
        let names = jar.cookies(for: try HTTPURL("http://h/0"), now: Self.now).map(\.name)
        let field = try #require(jar.field(for: try HTTPURL("http://h/0"), now: Self.now))
        #expect(field.utf8.count <= 8 << 10 && names.count == 8)
        #expect(field.split(separator: "; ").map { String($0.prefix { $0 != "=" }) } == names)
        // Those that have been sent stay those that are sent.
        #expect(jar.field(for: try HTTPURL("http://h/0"), now: Self.now) == field)
        var limits = CookieJar.Limits()
        limits.fieldBytes = 7
        let small = CookieJar(limits: limits)
        for field in ["a=1", "b=2", "c=3"] { small.set(field, from: try HTTPURL("http://h/"), now: Self.now) }
        #expect(small.field(for: try HTTPURL("http://h/"), now: Self.now) == "c=3")
    }

    /// What is sent looks the same, whether the prefix was in the name or, without a name, in the value.
    @Test(arguments: [
        "=__Host-a=b", "__Host-a", "=__host-a=b; Path=/", "=__Secure-a=b", "__SECURE-a",
        "=__Secure-a=b; Secure; Path=/",
    ])
    func prefixesWithoutAName(_ field: String) throws {
        for url in ["http://h/", "https://h/"] { #expect(try sent([field], from: url, to: url) == nil) }
    }

    @Test func theLeastUsedOfAllGoes() throws {
        var limits = CookieJar.Limits()
        limits.total = 100
        let jar = CookieJar(limits: limits)
        for number in 0..<150 {
            jar.set("a=\(number)", from: try HTTPURL("http://h\(number).x/"), now: Self.now)
            #expect(jar.count <= 100)
        }
        #expect(jar.all.map(\.value) == (50..<150).map(String.init))
    }
}
