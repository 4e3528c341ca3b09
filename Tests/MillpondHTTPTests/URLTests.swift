import MillpondHTTP
import Testing

/// What is a URL, and what its parts are.
@Suite(.timeLimit(.minutes(5))) struct URLTests {
    @Test(arguments: [
        // text, host, port, target, authority
        ("http://a", "a", 80, "/", "a"),
        ("http://a/", "a", 80, "/", "a"),
        ("https://a", "a", 443, "/", "a"),
        ("HTTP://EXAMPLE.com:80/Path?Query", "example.com", 80, "/Path?Query", "example.com"),
        ("http://example.com:8080", "example.com", 8080, "/", "example.com:8080"),
        ("https://example.com:80/", "example.com", 80, "/", "example.com:80"),
        ("http://example.com:/", "example.com", 80, "/", "example.com"),
        ("http://example.com.:0080/", "example.com.", 80, "/", "example.com."),
        ("http://my_host-1.test/", "my_host-1.test", 80, "/", "my_host-1.test"),
        ("http://127.0.0.1:9/x", "127.0.0.1", 9, "/x", "127.0.0.1:9"),
        ("http://[::1]/", "::1", 80, "/", "[::1]"),
        ("http://[2001:DB8:0:0::1]:8080/", "2001:db8::1", 8080, "/", "[2001:db8::1]:8080"),
        ("http://[::ffff:192.0.2.1]/", "::ffff:192.0.2.1", 80, "/", "[::ffff:192.0.2.1]"),
        ("http://a?q", "a", 80, "/?q", "a"),
        ("http://a/?", "a", 80, "/?", "a"),
        ("http://a/b?c?d/e", "a", 80, "/b?c?d/e", "a"),
        ("http://a/b#c?d", "a", 80, "/b", "a"),
        ("http://a/b/../c/./d", "a", 80, "/c/d", "a"),
        ("http://a/../../x", "a", 80, "/x", "a"),
        ("http://a/..", "a", 80, "/", "a"),
        ("http://a//b///c", "a", 80, "//b///c", "a"),
        ("http://a/b c?d e", "a", 80, "/b%20c?d%20e", "a"),
        ("http://a/ä", "a", 80, "/%C3%A4", "a"),
        ("http://a/%C3%a4%2F", "a", 80, "/%C3%a4%2F", "a"),
        ("http://a/\\b|\"<>^`{}[]", "a", 80, "/%5Cb%7C%22%3C%3E%5E%60%7B%7D%5B%5D", "a"),
        ("http://a/;=$&'()*+,!~-._:@", "a", 80, "/;=$&'()*+,!~-._:@", "a"),
        ("  http://a/b  ", "a", 80, "/b", "a"),
        ("http://user:pass@a:81/", "a", 81, "/", "a:81"),
        ("http://xn--bcher-kva.example/", "xn--bcher-kva.example", 80, "/", "xn--bcher-kva.example"),
    ])
    func parts(_ text: String, _ host: String, _ port: UInt16, _ target: String, _ authority: String) throws {
        let url = try HTTPURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
        #expect(url.authority == authority)
        // What is printed means the same.
        let again = try HTTPURL(url.description)
        #expect(again == url.withoutUserInfo)
    }

    @Test(
        arguments: [
            ("", .missingScheme), ("a", .missingScheme), ("/a", .missingScheme), ("//a/b", .missingScheme),
            ("1http://a", .missingScheme), ("://a", .missingScheme), ("localhost:80/x", .unsupportedScheme),
            ("ftp://a/", .unsupportedScheme), ("javascript:alert(1)", .unsupportedScheme),
            ("file:///x", .unsupportedScheme),
            ("http:", .missingHost), ("http:a", .missingHost), ("http:/a", .missingHost), ("http://", .missingHost),
            ("http:///a", .missingHost), ("http://:80/", .missingHost), ("http://user@/", .missingHost),
            ("http://?q", .missingHost),
            ("http://a b/", .invalidHost), ("http://a%20b/", .invalidHost), ("http://a\\b/", .invalidHost),
            ("http://%61/", .invalidHost), ("http://a..b/", .invalidHost), ("http://.a/", .invalidHost),
            ("http://a,b/", .invalidHost), ("http://[::1/", .invalidHost), ("http://[::1]x/", .invalidHost),
            ("http://[::1%251]/", .invalidHost), ("http://[1.2.3.4]/", .invalidHost), ("http://[]/", .invalidHost),
            ("http://[v1.x]/", .invalidHost), ("http://::1/", .missingHost), ("http://a:b:c/", .invalidPort),
            ("http://127.1/", .invalidHost), ("http://0177.0.0.1/", .invalidHost), ("http://0x7f.0.0.1/", .invalidHost),
            ("http://2130706433/", .invalidHost), ("http://0x7f000001/", .invalidHost),
            ("http://1.2.3.4.5/", .invalidHost),
            ("http://1.2.3.256/", .invalidHost), ("http://a.1/", .invalidHost), ("http://1.2.3.4./", .invalidHost),
            ("http://bücher.example/", .internationalHost), ("http://ａ/", .internationalHost),
            ("http://a:0/", .invalidPort), ("http://a:65536/", .invalidPort), ("http://a:-1/", .invalidPort),
            ("http://a:8 0/", .invalidPort), ("http://a:+80/", .invalidPort),
            ("http://a:99999999999999999999/", .invalidPort),
            ("http://u@v@a/", .invalidUserInfo), ("http://a\\@b/", .invalidUserInfo),
            ("http://u%@a/", .invalidPercentEncoding),
            ("http://a/%", .invalidPercentEncoding), ("http://a/%1", .invalidPercentEncoding),
            ("http://a/%1g", .invalidPercentEncoding), ("http://a/?%zz", .invalidPercentEncoding),
            ("http://a/#%", .invalidPercentEncoding),
            ("http://a/\r\nHost: b", .controlCharacter), ("http://a\t/", .controlCharacter),
            ("http://a/\0", .controlCharacter),
            ("http://a/\u{7F}", .controlCharacter), ("ht\ntp://a/", .controlCharacter),
        ] as [(String, HTTPURLError.Code)])
    func refused(_ text: String, _ code: HTTPURLError.Code) {
        let error = #expect(throws: HTTPURLError.self) { try HTTPURL(text) }
        #expect(error?.code == code, "\(text): \(error?.description ?? "")")
    }

    /// Hosts that are given by themselves are as strict as those in URLs.
    @Test(
        arguments: [
            ("Example.COM", "example.com", "example.com:81"), ("localhost.", "localhost.", "localhost.:81"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.1:81"), ("::1", "::1", "[::1]:81"), ("[::1]", "::1", "[::1]:81"),
            ("2001:DB8:0::1", "2001:db8::1", "[2001:db8::1]:81"), ("127.1", nil, nil), ("0x7f.1", nil, nil),
            ("", nil, nil),
            ("a b", nil, nil), ("a/b", nil, nil), ("a@b", nil, nil), ("a:80", nil, nil), ("a:", nil, nil),
            ("[::1]:80", nil, nil), ("[::1]:", nil, nil), ("[::1", nil, nil), ("a,b", nil, nil),
            ("b\u{FC}cher", nil, nil),
            ("a\r\nX: b", nil, nil),
        ] as [(String, String?, String?)])
    func origins(_ host: String, _ name: String?, _ authority: String?) throws {
        guard let name else {
            let error = #expect(throws: HTTPClientError.self) { try HTTPOrigin(host: host) }
            #expect(error?.isInvalidURL == true)
            return
        }
        let origin = try HTTPOrigin(host: host, port: 81)
        #expect(origin.host == name && origin.authority == authority)
        #expect(throws: HTTPClientError.self) { try HTTPOrigin(host: host, port: 0) }
    }

    @Test func lengthsAreBounded() throws {
        let label = String(repeating: "a", count: 63)
        _ = try HTTPURL("http://\(label).\(label).\(label).\(label.prefix(61))/")
        #expect(throws: HTTPURLError.self) { try HTTPURL("http://\(label).\(label).\(label).\(label)/") }
        #expect(throws: HTTPURLError.self) { try HTTPURL("http://\(label)a/") }
        let error = #expect(throws: HTTPURLError.self) {
            try HTTPURL("http://a/" + String(repeating: "b", count: HTTPURL.maximumLength))
        }
        #expect(error?.code == .tooLong)
    }

    @Test func userInformationIsDecodedAndNeverPrinted() throws {
        let url = try HTTPURL("http://us%65r:p%40ss:w%C3%B6rd@a/b#c")
        #expect(url.credentials == .basic(user: "user", password: "p@ss:wörd"))
        #expect(url.description == "http://a/b#c")
        #expect(url.absoluteForm == "http://a/b")
        #expect(try HTTPURL("http://user@a/").credentials == .basic(user: "user", password: ""))
        #expect(try HTTPURL("http://a/").credentials == nil)
        #expect(try HTTPURL("http://@a/").credentials == nil)
        let error = #expect(throws: HTTPURLError.self) { try HTTPURL("http://name:secret%@a/") }
        #expect(error?.description.contains("secret") == false)
    }

    @Test func originsAreCompared() throws {
        let url = try HTTPURL("http://a/b")
        #expect(url.hasSameOrigin(as: try HTTPURL("http://A:80/c?d")))
        #expect(!url.hasSameOrigin(as: try HTTPURL("http://a:81/b")))
        #expect(!url.hasSameOrigin(as: try HTTPURL("https://a:80/b")))
        #expect(!url.hasSameOrigin(as: try HTTPURL("http://b.a/b")))
    }
}

/// Relative references against a base.
@Suite(.timeLimit(.minutes(5))) struct URLResolvingTests {
    /// RFC 3986, section 5.4, with the base's host in its place: the normal examples, then the abnormal ones.
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"), ("g?y#s", "http://a/b/c/g?y#s"), (";x", "http://a/b/c/;x"),
        ("g;x", "http://a/b/c/g;x"), ("g;x?y#s", "http://a/b/c/g;x?y#s"), ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"),
        ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../", "http://a/"), ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"), ("../../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"), ("g..", "http://a/b/c/g.."), ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"), ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"), ("g?y/../x", "http://a/b/c/g?y/../x"), ("g#s/./x", "http://a/b/c/g#s/./x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
        // Beyond the RFC's.
        ("https://h/x/../y", "https://h/y"), ("//u:p@h:81?z", "http://h:81/?z"), (" g h ", "http://a/b/c/g%20h"),
        ("/ä", "http://a/%C3%A4"), ("?", "http://a/b/c/d;p?"), ("g:80/h/../i", ""), ("./g:80", "http://a/b/c/g:80"),
    ])
    func examples(_ reference: String, _ expected: String) throws {
        let base = try HTTPURL("http://a/b/c/d;p?q")
        if expected.isEmpty {
            #expect(throws: HTTPURLError.self) { try base.resolving(reference) }
        } else {
            #expect(try base.resolving(reference).description == expected)
        }
    }

    @Test(
        arguments: [
            ("g:h", .unsupportedScheme), ("http:g", .missingHost), ("//", .missingHost),
            ("/%", .invalidPercentEncoding),
            ("a\nb", .controlCharacter), ("///x", .missingHost), ("//a@b@c", .invalidUserInfo),
        ] as [(String, HTTPURLError.Code)])
    func refused(_ reference: String, _ code: HTTPURLError.Code) throws {
        let base = try HTTPURL("http://a/b/c/d;p?q")
        #expect(throws: HTTPURLError.self) { try base.resolving(reference) }
        do { _ = try base.resolving(reference) } catch { #expect(error.code == code) }
    }

    @Test func userInformationStaysWithItsAuthority() throws {
        let base = try HTTPURL("http://user:pass@a/b")
        #expect(try base.resolving("c").userInfo == "user:pass")
        #expect(try base.resolving("//a/c").userInfo == nil)
        #expect(try base.resolving("http://other@a/c").userInfo == "other")
    }
}
