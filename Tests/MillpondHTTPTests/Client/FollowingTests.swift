import MillpondHTTP
import MillpondIO
import MillpondNet
import Testing

/// Redirects, cookies, credentials and proxies, against a server.
@Suite("Client: following", .timeLimit(.minutes(2)))
struct FollowingTests {
    @Test(arguments: [
        (301, HTTPMethod.post, "GET", false), (302, .post, "GET", false), (303, .put, "GET", false),
        (307, .post, "POST", true), (308, .put, "PUT", true), (301, .put, "PUT", true),
    ])
    func contentGoesAlongWhereItMust(_ status: Int, _ method: HTTPMethod, _ name: String, _ keeps: Bool) async throws {
        try await withFollowing { client, base in
            var request = try HTTPClientRequest(method, "\(base)/to/\(status)?/echo")
            request.fields.set(.contentType, "text/x")
            request.body = .text("content")
            let answer = try await client.send(request)
            #expect(answer.status == .ok)
            #expect(answer.text.hasPrefix("\(name) /echo\n"))
            #expect(answer.text.hasSuffix("\ncontent") == keeps)
            #expect(answer.text.contains("text/x") == keeps)
        }
    }

    @Test func aFileIsSentAgain() async throws {
        let path = try ScratchFile(Array("from a file".utf8))
        try await withFollowing { client, base in
            var request = try HTTPClientRequest(.post, "\(base)/to/307?/to/308?/echo")
            request.body = .file(path: path.path)
            #expect(try await client.send(request).text.hasSuffix("\nfrom a file"))
        }
    }

    @Test func contentThatComesOnceStopsARedirect() async throws {
        try await withFollowing { client, base in
            var request = try HTTPClientRequest(.post, "\(base)/to/307?/echo")
            request.body = .writer { try await $0.write(Array("once".utf8)) }
            let once = request
            let error = await #expect(throws: HTTPRedirectError.self) { try await client.send(once) }
            #expect(error?.isContentNotReplayable == true)
            // Without the content the redirect is no trouble.
            var post = try HTTPClientRequest(.post, "\(base)/to/303?/echo")
            post.body = request.body
            #expect(try await client.send(post).text.hasPrefix("GET /echo\n"))
        }
    }

    @Test func limitsAndSettings() async throws {
        var options = HTTPClientOptions()
        options.maximumRedirects = 2
        try await withFollowing(options) { client, base in
            let answer = try await client.get("\(base)/to/302?/to/302?/echo")
            #expect(answer.status == .ok)
            let error = await #expect(throws: HTTPRedirectError.self) {
                try await client.get("\(base)/to/302?/to/302?/to/302?/echo")
            }
            #expect(error?.isTooMany == true)
            let other = HTTPClient(client.transport, options: HTTPClientOptions())
            let loop = await #expect(throws: HTTPRedirectError.self) { try await other.get("\(base)/to/302?/to/302?") }
            #expect(loop?.isLoop == true)
            let invalid = await #expect(throws: HTTPRedirectError.self) {
                try await other.get("\(base)/to/302?ftp://x/")
            }
            #expect(invalid?.isInvalidLocation == true)
        }
        options.maximumRedirects = 0
        try await withFollowing(options) { client, base in
            let answer = try await client.get("\(base)/to/302?/echo")
            #expect(answer.status == .found)
            #expect(answer.text == "moved")
        }
    }

    @Test func theTotalTimeIsThatOfAllRequests() async throws {
        var options = TransportOptions()
        options.timeouts.total = .milliseconds(300)
        var following = HTTPClientOptions()
        following.maximumRedirects = 1_000_000
        try await withFollowing(
            following, transport: options,
            handler: { request, response in
                // Another address each time, so that only the time can end it.
                try await request.channel.reactor.sleep(for: .milliseconds(5))
                response.status = .found
                response.set(.location, request.pathString + "x")
                try await response.send()
            }
        ) { client, base in
            let error = await clientError { _ = try await client.get("\(base)/") }
            #expect(error?.isTimedOut == true)
        }
    }

    @Test func credentialsGoToTheirOriginOnly() async throws {
        try await withFollowing { client, base in
            let withName = base.replacing("http://", with: "http://user:pass@")
            #expect(try await client.get("\(withName)/echo").text.contains("Authorization: Basic dXNlcjpwYXNz"))
            #expect(try await client.get("\(withName)/to/302?/echo").text.contains("Authorization: Basic dXNlcjpwYXNz"))
            // The same server by another name is another origin.
            let other = base.replacing("127.0.0.1", with: "localhost")
            let answer = try await client.get("\(withName)/to/302?\(other)/echo")
            #expect(answer.status == .ok && !answer.text.contains("Authorization"))
            // A location may have credentials of its own.
            let named = base.replacing("http://", with: "http://a:b@")
            #expect(try await client.get("\(base)/to/302?\(named)/echo").text.contains("Authorization: Basic YTpi"))
            var bearer = try HTTPClientRequest(.get, "\(base)/echo")
            bearer.fields.set(.authorization, try #require(HTTPCredentials.bearer(token: "t").fieldValue))
            bearer.fields.set(.cookie, "own=1")
            #expect(try await client.send(bearer).text.contains("Authorization: Bearer t\nCookie: own=1"))
            bearer.target = "/to/302?\(other)/echo"
            let elsewhere = try await client.send(bearer).text
            #expect(!elsewhere.contains("Bearer") && !elsewhere.contains("own=1"))
        }
    }

    @Test func cookiesAreKeptAndSent() async throws {
        var options = HTTPClientOptions()
        let jar = CookieJar()
        options.cookies = jar
        try await withFollowing(options) { client, base in
            // Set by the redirect, sent with the request that it asks for; the longer path first.
            let first = try await client.get("\(base)/cookie?a=1")
            #expect(first.text.contains("Cookie: second=2; a=1\n"))
            var own = try HTTPClientRequest(.get, "\(base)/echo/x")
            own.fields.set(.cookie, "own=0")
            #expect(try await client.send(own).text.contains("Cookie: own=0; second=2; a=1\n"))
            let other = base.replacing("127.0.0.1", with: "localhost")
            #expect(!(try await client.get("\(other)/echo").text.contains("Cookie")))
            #expect(jar.count == 2)
            let without = HTTPClient(client.transport)
            #expect(!(try await without.get("\(base)/cookie?b=1").text.contains("Cookie")))
        }
    }

    @Test func aProxyGetsTheWholeURL() async throws {
        // The proxy is our server: it is told the absolute form, and which host it is for.
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group) { request, response in
            let target = request.target.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            let authorization = request.string("Proxy-Authorization") ?? "-"
            try await response.send("\(target) \(request.string(.host) ?? "-") \(authorization)")
        }
        let port = try server.start(on: .loopback(port: 0)).port ?? 0
        var options = HTTPClientOptions()
        // Other than loopback, so that it goes through the proxy; nothing is looked up.
        options.proxies = try ProxySettings { name in
            ["http_proxy": "http://me:pw@127.0.0.1:\(port)", "no_proxy": ".direct.test"][name]
        }
        let client = HTTPClient(group: group, options: options)
        #expect(try await client.get("http://shop.test/a?b").text == "http://shop.test/a?b shop.test Basic bWU6cHc=")
        #expect(try await client.get("http://shop.test:81/").text == "http://shop.test:81/ shop.test:81 Basic bWU6cHc=")
        let direct = await clientError { _ = try await client.get("http://x.direct.test/") }
        #expect(direct?.isConnectionFailed == true)
        _ = await client.close()
        await server.drain()
        await group.shutdown()
    }
}
