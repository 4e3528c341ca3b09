import MillpondHTTP
import MillpondIO
import MillpondNet
import TestSupport
import Testing

/// Requests that must not be sent as they are, and those that may.
@Suite("Client: what is not sent", .timeLimit(.minutes(1)))
struct RequestCheckTests {
    /// The request line that a server gets, or the error's reason.
    private func line(
        byProxy: Bool = false, agent: String? = "agent", _ change: @Sendable (inout HTTPClientRequest) -> Void
    ) async throws -> String {
        let lines = SharedText()
        var options = TransportOptions()
        options.userAgent = agent
        return try await withScript(
            options,
            script: { connection in
                guard let head = try await connection.readRequest() else { return }
                lines.set(String(head.split(separator: "\r\n")[0]))
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            }
        ) { transport, origin in
            var request = HTTPClientRequest(origin: origin)
            if byProxy {
                request.origin = try HTTPOrigin(host: "pond.test")
                request.proxy = HTTPProxy(origin)
            }
            change(&request)
            let sent = request
            let error = await clientError { try await transport.withResponse(sent) { _ in } }
            #expect(error == nil || transport.statistics().dials == 0)
            return error?.reason ?? lines.get()
        }
    }

    @Test(arguments: [
        (HTTPMethod.get, "/a?b", "GET /a?b HTTP/1.1", "GET http://pond.test/a?b HTTP/1.1"),
        (.options, "*", "OPTIONS * HTTP/1.1", "OPTIONS http://pond.test HTTP/1.1"),
        (.options, "/", "OPTIONS / HTTP/1.1", "OPTIONS http://pond.test/ HTTP/1.1"),
        (.connect, "a.test:443", "CONNECT a.test:443 HTTP/1.1", "CONNECT a.test:443 HTTP/1.1"),
        (.connect, "[::1]:443", "CONNECT [::1]:443 HTTP/1.1", "CONNECT [::1]:443 HTTP/1.1"),
    ])
    func targets(_ method: HTTPMethod, _ target: String, _ direct: String, _ proxied: String) async throws {
        for (byProxy, wanted) in [(false, direct), (true, proxied)] {
            let got = try await line(byProxy: byProxy) { ($0.method, $0.target) = (method, target) }
            #expect(got == wanted)
        }
    }

    /// By a proxy `http://pond.test` and `@evil.test/` would be a URL of another host.
    @Test(arguments: [
        (HTTPMethod.get, "@evil.test/"), (.get, ".evil.test/"), (.get, ":1/"), (.get, "*"), (.get, ""), (.get, "?a"),
        (.get, "http://evil.test/"), (.options, "**"), (.options, "a"), (.connect, "/"), (.connect, "a.test"),
        (.connect, "u:p@a.test:1"), (.connect, "a.test:0"), (.connect, "*"), (.get, "/a b"), (.get, "/\r\n"),
    ])
    func badTargets(_ method: HTTPMethod, _ target: String) async throws {
        for byProxy in [false, true] {
            let got = try await line(byProxy: byProxy) { ($0.method, $0.target) = (method, target) }
            #expect(got == "invalid request: target")
        }
    }

    @Test(
        arguments: [
            (HTTPMethod.other, "BREW", "BREW / HTTP/1.1"), (.other, "get", "get / HTTP/1.1"),
            (.other, "HEAD", nil), (.other, "CONNECT", nil), (.other, "", nil), (.other, "A B", nil),
            (.other, nil, nil),
            (.get, "HEAD", nil), (.get, "GET", nil), (.post, "BREW", nil),
        ] as [(HTTPMethod, String?, String?)])
    func methodNames(_ method: HTTPMethod, _ name: String?, _ wanted: String?) async throws {
        let got = try await line { ($0.method, $0.methodName) = (method, name) }
        #expect(got == wanted ?? "invalid request: method")
    }

    @Test func agents() async throws {
        for agent in ["a\r\nX-Evil: 1", "a\n", "a\0b"] {
            #expect(try await line(agent: agent) { _ in } == "invalid request: user agent")
        }
        #expect(try await line(agent: "pond (1; x)/2") { _ in } == "GET / HTTP/1.1")
    }

    @Test func negativeLengths() async throws {
        let bodies: [(HTTPClientBody, String)] = [
            (.file(path: "/etc/passwd", offset: -1), "part of a file"),
            (.file(path: "/etc/passwd", offset: 0, count: -1), "part of a file"),
            (.file(path: "/etc/passwd", offset: -1, count: 1), "part of a file"),
            (.file(path: "/etc/passwd", offset: .max, count: 1), "part of a file"),
            (.writer(length: -1) { _ in }, "length"),
        ]
        for (body, reason) in bodies {
            #expect(try await line { $0.body = body } == "invalid request: \(reason)")
        }
    }
}
