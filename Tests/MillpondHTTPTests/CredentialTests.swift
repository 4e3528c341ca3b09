import MillpondHTTP
import Testing

/// What goes into `Authorization`, and what `Retry-After` says.
@Suite(.timeLimit(.minutes(5))) struct CredentialTests {
    @Test(arguments: [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), ("", "", "Basic Og=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="), ("a", "b:c", "Basic YTpiOmM="), ("ab", "", "Basic YWI6"),
        ("a:b", "c", nil), ("a\n", "b", nil), ("a", "b\0", nil), ("a", "\u{7F}", nil),
    ])
    func basic(_ user: String, _ password: String, _ expected: String?) {
        #expect(HTTPCredentials.basic(user: user, password: password).fieldValue == expected)
    }

    @Test(arguments: [
        ("mF_9.B5f-4.1JqM", "Bearer mF_9.B5f-4.1JqM"), ("a+/~==", "Bearer a+/~=="), ("", nil), ("==", nil),
        ("a b", nil),
        ("a=b", nil), ("a\r\nX: y", nil), ("ä", nil),
    ])
    func bearer(_ token: String, _ expected: String?) {
        #expect(HTTPCredentials.bearer(token: token).fieldValue == expected)
    }

    /// What can't be written is refused where the URL is read: a request without it would be nobody's.
    @Test(
        arguments: [
            ("http://@h/", nil, true), ("http://u@h/", "Basic dTo=", true), ("http://u:p@h/", "Basic dTpw", true),
            ("http://:@h/", "Basic Og==", true), ("http://a%3Ab:c@h/", nil, false), ("http://a:%0A@h/", nil, false),
            ("http://%FF:a@h/", nil, false), ("http://a%00@h/", nil, false),
        ] as [(String, String?, Bool)])
    func inURLs(_ url: String, _ expected: String?, _ isValid: Bool) throws {
        guard isValid else {
            let error = #expect(throws: HTTPURLError.self) { try HTTPURL(url) }
            #expect(error?.code == .invalidUserInfo && error?.part == "")
            return
        }
        #expect(try HTTPClientRequest(.get, url).fields[.authorization] == expected)
    }

    /// Also where the mistake is such that the name and password are not seen as such.
    @Test(arguments: [
        "http://user:secret@[::1]x/", "http://user:secret@[::1", "http://user:secret", "http://user:secret#x@h/",
        "http://user:secret/x@h/", "us er:secret@h/", "//user:secret@h/", "http://user:secret@h:99999/",
        "http://user:secret@a b/", "http://user:secret@h:x/", "user:secret@h/", "http://secret:secret@h@h/",
    ])
    func noSecretIsInAnError(_ url: String) {
        let error = #expect(throws: HTTPURLError.self) { try HTTPURL(url) }
        #expect(error.map { !"\($0) \($0.part)".contains("secret") } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func noSecretIsPrinted() {
        #expect("\(HTTPCredentials.basic(user: "u", password: "secret"))" == "basic credentials of u")
        #expect("\(HTTPCredentials.bearer(token: "secret"))" == "bearer token")
    }

    @Test(
        arguments: [
            ("0", .seconds(0)), ("120", .seconds(120)), (" 5 ", .seconds(5)),
            ("99999999999999999999999", .seconds(1 << 32)),
            ("Fri, 31 Dec 1999 23:59:59 GMT", .seconds(59)), ("Fri, 31 Dec 1999 23:58:59 GMT", .zero),
            ("Friday, 31-Dec-99 23:59:01 GMT", .seconds(1)), ("Fri Dec 31 23:59:10 1999", .seconds(10)),
            ("-1", nil), ("1.5", nil), ("1 s", nil), ("", nil), ("soon", nil), ("+5", nil),
        ] as [(String, Duration?)])
    func retryAfter(_ value: String, _ expected: Duration?) {
        // 31 December 1999, 23:59:00.
        #expect(RetryAfter.parse(value, now: 946_684_740) == expected)
    }
}
