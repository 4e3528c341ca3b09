import MillpondHTTP
import Testing

/// Where responses lead.
@Suite(.timeLimit(.minutes(5))) struct RedirectTests {
    private static func url(_ text: String) throws -> HTTPURL { try HTTPURL(text) }

    /// Status, method before, method after, whether the content goes along.
    @Test(
        arguments: [
            (301, .get, .get, true), (301, .head, .head, true), (301, .post, .get, false), (301, .put, .put, true),
            (302, .get, .get, true), (302, .post, .get, false), (302, .delete, .delete, true),
            (302, .patch, .patch, true),
            (303, .get, .get, false), (303, .head, .head, false), (303, .post, .get, false), (303, .put, .get, false),
            (303, .other, .get, false),
            (307, .get, .get, true), (307, .post, .post, true), (307, .other, .other, true),
            (308, .post, .post, true), (308, .put, .put, true), (308, .head, .head, true),
        ] as [(UInt16, HTTPMethod, HTTPMethod, Bool)])
    func methods(_ status: UInt16, _ before: HTTPMethod, _ after: HTTPMethod, _ keepsContent: Bool) throws {
        var redirects = HTTPRedirects(url: try Self.url("http://a/b"), method: before)
        let decision = try redirects.next(status: HTTPStatus(status), location: "c")
        guard case .follow(let step) = decision else {
            Issue.record("not followed")
            return
        }
        #expect(step.url.description == "http://a/c")
        #expect(step.method == after)
        #expect(step.keepsContent == keepsContent)
        #expect(!step.dropsCredentials)
    }

    @Test(arguments: [200, 201, 204, 300, 304, 305, 306, 399, 400, 401, 404, 500] as [UInt16])
    func otherStatusesAreAnswers(_ status: UInt16) throws {
        var redirects = HTTPRedirects(url: try Self.url("http://a/b"), method: .get)
        #expect(try redirects.next(status: HTTPStatus(status), location: "c") == .respond)
    }

    @Test func withoutLocationOrLimitItIsTheAnswer() throws {
        var redirects = HTTPRedirects(url: try Self.url("http://a/b"), method: .get)
        #expect(try redirects.next(status: .found, location: nil) == .respond)
        redirects = HTTPRedirects(url: try Self.url("http://a/b"), method: .get, limit: 0)
        #expect(try redirects.next(status: .found, location: "http://b/") == .respond)
    }

    @Test(arguments: [
        ("http://a/x", "http://a/y", false), ("http://a/x", "http://A:80/y", false), ("http://a/x", "http://b/x", true),
        ("http://a/x", "http://sub.a/x", true), ("http://a/x", "http://a:81/x", true),
        ("http://a/x", "https://a/x", false), ("http://a:81/x", "https://a/x", true),
        ("http://a/x", "https://b/x", true),
        ("https://a/x", "https://a:444/x", true), ("https://a/x", "http://a/x", true),
    ])
    func credentialsStayWithTheirOrigin(_ from: String, _ to: String, _ drops: Bool) throws {
        var redirects = HTTPRedirects(url: try Self.url(from), method: .get, allowsDowngrade: true)
        guard case .follow(let step) = try redirects.next(status: .found, location: to) else {
            Issue.record("not followed")
            return
        }
        #expect(step.dropsCredentials == drops)
    }

    @Test func userInformationIsNotInheritedByOthers() throws {
        var redirects = HTTPRedirects(url: try Self.url("http://u:p@a/"), method: .get)
        guard case .follow(let step) = try redirects.next(status: .found, location: "/b") else { return }
        #expect(step.url.userInfo == nil)
        guard case .follow(let other) = try redirects.next(status: .found, location: "http://x:y@b/") else { return }
        #expect(other.url.userInfo == "x:y")
    }

    @Test func fragmentsAreInherited() throws {
        var redirects = HTTPRedirects(url: try Self.url("http://a/b#one"), method: .get)
        _ = try redirects.next(status: .found, location: "/c")
        #expect(redirects.url.description == "http://a/c#one")
        _ = try redirects.next(status: .found, location: "/d#two")
        #expect(redirects.url.description == "http://a/d#two")
    }

    @Test func thereIsALimit() throws {
        for limit in [1, 10] {
            var redirects = HTTPRedirects(url: try Self.url("http://a/0"), method: .get, limit: limit)
            for number in 1...limit { _ = try redirects.next(status: .found, location: "/\(number)") }
            #expect(redirects.count == limit)
            let error = #expect(throws: HTTPRedirectError.self) {
                try redirects.next(status: .found, location: "/more")
            }
            #expect(error?.isTooMany == true)
            #expect(error?.description == "more than \(limit) redirects, the next to http://a/more")
        }
    }

    @Test func aCircleIsNoticed() throws {
        // Once back to where it was is allowed: a cookie may have been set.
        var redirects = HTTPRedirects(url: try Self.url("http://a/"), method: .get)
        _ = try redirects.next(status: .found, location: "/")
        let error = #expect(throws: HTTPRedirectError.self) { try redirects.next(status: .found, location: "/#x") }
        #expect(error?.isLoop == true)
        // GET after POST is another request.
        var post = HTTPRedirects(url: try Self.url("http://a/"), method: .post)
        _ = try post.next(status: .seeOther, location: "/")
        _ = try post.next(status: .found, location: "/")
        #expect(throws: HTTPRedirectError.self) { try post.next(status: .found, location: "/") }
    }

    @Test func whatIsNotFollowedSaysWhy() throws {
        var redirects = HTTPRedirects(url: try Self.url("https://a/b"), method: .get)
        let downgrade = #expect(throws: HTTPRedirectError.self) {
            try redirects.next(status: .found, location: "http://a/b")
        }
        #expect(downgrade?.isDowngrade == true)
        let invalid = #expect(throws: HTTPRedirectError.self) {
            try redirects.next(status: .found, location: "ftp://a/b")
        }
        #expect(invalid?.isInvalidLocation == true)
        #expect(invalid?.description == "redirect of https://a/b: unsupported URL scheme: ftp")
        #expect(redirects.count == 0)
    }
}
