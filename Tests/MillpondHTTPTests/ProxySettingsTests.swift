import MillpondHTTP
import Testing

/// Proxies as the environment names them.
@Suite(.timeLimit(.minutes(5))) struct ProxySettingsTests {
    private func settings(_ variables: [String: String]) throws -> ProxySettings {
        try ProxySettings { variables[$0] }
    }

    private func proxy(_ variables: [String: String], for url: String) throws -> String? {
        try settings(variables).proxy(for: HTTPURL(url))?.hostAndPort
    }

    @Test func eachSchemeHasItsOwn() throws {
        let both = ["http_proxy": "http://p:1", "https_proxy": "q:2"]
        #expect(try proxy(both, for: "http://a/") == "p:1")
        #expect(try proxy(both, for: "https://a/") == "q:2")
        #expect(try proxy(["http_proxy": "p:1"], for: "https://a/") == nil)
        #expect(try proxy([:], for: "http://a/") == nil)
        #expect(try proxy(["http_proxy": ""], for: "http://a/") == nil)
    }

    @Test func lowerCaseWins() throws {
        #expect(try proxy(["HTTP_PROXY": "up:1"], for: "http://a/") == "up:1")
        #expect(try proxy(["HTTP_PROXY": "up:1", "http_proxy": "low:2"], for: "http://a/") == "low:2")
        #expect(try proxy(["HTTPS_PROXY": "up:1", "https_proxy": "low:2"], for: "https://a/") == "low:2")
        #expect(try proxy(["HTTP_PROXY": "p:1", "NO_PROXY": "b", "no_proxy": "a"], for: "http://a/") == nil)
        #expect(try proxy(["HTTP_PROXY": "p:1", "NO_PROXY": "b", "no_proxy": "a"], for: "http://b/") == "p:1")
    }

    /// In a CGI program a request with the field `Proxy: x` sets HTTP_PROXY.
    @Test func aRequestCannotSetTheProxyOfACGIProgram() throws {
        let cgi = ["REQUEST_METHOD": "GET", "HTTP_PROXY": "evil:1"]
        #expect(try proxy(cgi, for: "http://a/") == nil)
        #expect(try proxy(cgi.merging(["http_proxy": "p:1"]) { $1 }, for: "http://a/") == "p:1")
        #expect(try proxy(["REQUEST_METHOD": "GET", "HTTPS_PROXY": "p:1"], for: "https://a/") == "p:1")
    }

    @Test func aProxyMayHaveNameAndPassword() throws {
        let settings = try settings(["http_proxy": "user:pass@p:3128"])
        #expect(settings.http?.credentials == .basic(user: "user", password: "pass"))
        #expect(settings.http?.port == 3128)
    }

    @Test(arguments: [
        ("socks5://p:1", "http_proxy: unsupported URL scheme: socks5"),
        ("https://p:1", "http_proxy: unsupported URL scheme: https"),
        ("http://", "http_proxy: URL without a host"), ("p:x", "http_proxy: invalid port in URL"),
    ])
    func whatCannotBeUsedIsAnError(_ value: String, _ description: String) {
        let error = #expect(throws: ProxySettingsError.self) { try settings(["http_proxy": value]) }
        #expect(error?.description == description)
    }

    @Test(arguments: [
        "http://localhost/", "http://x.localhost/", "http://localhost./", "http://x.localhost.:81/",
        "http://127.0.0.1/", "http://127.9.9.9:80/", "http://[::1]/",
    ])
    func thisMachineIsSpokenToDirectly(_ url: String) throws {
        #expect(try proxy(["http_proxy": "p:1"], for: url) == nil)
    }

    @Test(arguments: [
        // exceptions, URL, whether it goes directly
        ("", "http://a/", false), ("*", "http://a/", true), ("b,*", "http://a/", true),
        ("*", "http://192.0.2.1/", true),
        ("example.com", "http://example.com/", true), ("example.com", "http://www.example.com/", true),
        ("example.com", "http://notexample.com/", false), ("example.com", "http://example.com.evil/", false),
        ("EXAMPLE.com.", "http://example.COM/", true), ("example.com", "http://example.com./", true),
        (".example.com", "http://www.example.com/", true), (".example.com", "http://example.com/", false),
        ("*.example.com", "http://www.example.com/", true), ("*.example.com", "http://example.com/", false),
        ("a, b\tc d", "http://c/", true), ("a, b\tc d", "http://d/", true), ("a, b\tc d", "http://e/", false),
        ("example.com:8080", "http://example.com:8080/", true), ("example.com:8080", "http://example.com/", false),
        ("example.com:80", "http://example.com/", true), ("example.com:443", "https://x.example.com/", true),
        ("192.0.2.1", "http://192.0.2.1/", true), ("192.0.2.1", "http://192.0.2.2/", false),
        ("192.0.2.1:8080", "http://192.0.2.1:8080/", true), ("192.0.2.1:8080", "http://192.0.2.1/", false),
        ("192.0.2.0/24", "http://192.0.2.255/", true), ("192.0.2.0/24", "http://192.0.3.0/", false),
        ("192.0.2.77/24", "http://192.0.2.1/", true), ("192.0.2.1/32", "http://192.0.2.0/", false),
        ("0.0.0.0/0", "http://203.0.113.9/", true), ("0.0.0.0/0", "http://a/", false),
        ("0.0.0.0/0", "http://[2001:db8::1]/", false),
        ("2001:db8::1", "http://[2001:db8::1]/", true), ("[2001:db8::1]", "http://[2001:db8:0::1]/", true),
        ("[2001:db8::1]:80", "http://[2001:db8::1]/", true), ("[2001:db8::1]:80", "http://[2001:db8::1]:81/", false),
        ("2001:db8::/32", "http://[2001:db8:ffff::1]/", true), ("2001:db8::/32", "http://[2001:db9::1]/", false),
        ("2001:db8::/64", "http://[2001:db8::ffff:0:0:1]/", true),
        ("2001:db8::/65", "http://[2001:db8::ffff:0:0:1]/", false),
        ("::/0", "http://[2001:db8::1]/", true), ("2001:db8::1/128", "http://[2001:db8::2]/", false),
        ("192.0.2.0/33,192.0.2.0/x,192.0.2.0/,/8,:80,a:b", "http://192.0.2.1/", false),
        ("1.example.com", "http://1.example.com/", true), ("2.1", "http://192.0.2.1/", false),
    ])
    func exceptions(_ list: String, _ url: String, _ isDirect: Bool) throws {
        let found = try proxy(["http_proxy": "p:1", "https_proxy": "p:1", "no_proxy": list], for: url)
        #expect((found == nil) == isDirect)
    }
}
