import Foundation
import MillpondHTTP
import MillpondIO
import MillpondNet
import Testing

/// The mux behind a server.
@Suite(.timeLimit(.minutes(2)))
struct MuxServerTests {
    private static func get(_ mux: ServeMux, _ requests: String...) async throws -> String {
        try await ServerTests.exchange(
            requests.map { "\($0) HTTP/1.1\r\nHost: a.org:80\r\n\r\n" },
            handler: mux.handler())
    }

    /// Answers with the pattern and the values.
    private static func show(_ names: String...) -> HTTPServer.Handler {
        { request, response in
            var text = request.matchedPattern ?? "-"
            for name in names { text += " \(name)=\(request.pathValue(name) ?? "nil")" }
            if let rest = request.remainingPath {
                text += " rest=\(rest.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })"
            }
            try await response.send(text + "\n")
        }
    }

    @Test func pathValues() async throws {
        var mux = ServeMux()
        try mux.handle("GET /items/{id}/parts/{part}", Self.show("id", "part", "none"))
        try mux.handle("/files/{path...}", Self.show("path"))
        try mux.handle("/tree/", Self.show("x"))
        let answer = try await Self.get(
            mux, "GET /items/7%2F%20%C3%B6/parts/a+b?id=9", "GET /files/a/b%20c/", "GET /files/", "GET /tree/x/y%41",
            "HEAD /items/1/parts/2", "GET http://b.org/items/q/parts/r", "GET /items/%ff/parts/%41")
        #expect(answer.contains("GET /items/{id}/parts/{part} id=7/ ö part=a+b none=nil\n"))
        #expect(answer.contains("/files/{path...} path=a/b c/ rest=a/b%20c/\n"))
        #expect(answer.contains("/files/{path...} path= rest=\n"))
        #expect(answer.contains("/tree/ x=nil rest=x/y%41\n"))
        #expect(answer.contains("id=q part=r"))
        #expect(answer.contains("id=\u{FFFD} part=A"))
        #expect(answer.components(separatedBy: "200 OK").count == 8)
    }

    @Test func valuesOutliveTheBodysReading() async throws {
        var mux = ServeMux()
        try mux.handle("POST /{id}") { request, response in
            let text = try await request.readText()
            try await response.send("\(request.pathValue("id") ?? "-") \(text)")
        }
        let answer = try await ServerTests.exchange(
            ["POST /abc HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "hello"], handler: mux.handler())
        #expect(answer.hasSuffix("abc hello"))
    }

    @Test func valuesDoNotOutliveTheRequest() async throws {
        var mux = ServeMux()
        try mux.handle("/{id}", Self.show("id"))
        let inner = mux.handler()
        let answer = try await ServerTests.exchange(
            ["GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /skip HTTP/1.1\r\nHost: a\r\n\r\n"]
        ) { request, response in
            if request.pathIs("/skip") {
                try await response.send("\(request.pathValue("id") ?? "nil") \(request.matchedPattern ?? "nil")")
            } else {
                try await inner(&request, &response)
            }
        }
        #expect(answer.contains("/{id} id=one\n") && answer.hasSuffix("nil nil"))
    }

    @Test func answersOfItsOwn() async throws {
        var mux = ServeMux()
        try mux.handle("GET /tree/", Self.show())
        try mux.handle("POST /form", Self.show())
        let redirect = try await Self.get(mux, "GET /tree?q=a%20b&r=\\")
        #expect(redirect.hasPrefix("HTTP/1.1 307 ") && redirect.contains("\r\nLocation: /tree/?q=a%20b&r=%5C\r\n"))
        let clean = try await Self.get(mux, "GET /x/..//tree/./y?")
        #expect(clean.hasPrefix("HTTP/1.1 307 ") && clean.contains("\r\nLocation: /tree/y?\r\n"))
        let notAllowed = try await Self.get(mux, "DELETE /form")
        #expect(notAllowed.hasPrefix("HTTP/1.1 405 ") && notAllowed.contains("\r\nAllow: POST\r\n"))
        #expect(try await Self.get(mux, "GET /none").hasPrefix("HTTP/1.1 404 "))
        #expect(try await Self.get(mux, "GET /%4").hasPrefix("HTTP/1.1 400 "))
        #expect(try await Self.get(mux, "OPTIONS *").hasPrefix("HTTP/1.1 200 "))
    }

    @Test func connectIsNoPath() async throws {
        var mux = ServeMux()
        try mux.handle("/", Self.show())
        var options = HTTPServerOptions()
        options.allowsConnect = true
        for request in ["CONNECT a:443", "CONNECT *:443"] {
            let answer = try await ServerTests.exchange(
                ["\(request) HTTP/1.1\r\nHost: a:443\r\n\r\n"], options: options,
                handler: mux.handler())
            #expect(answer.hasPrefix("HTTP/1.1 501 "), "\(request): \(answer)")
        }
    }

    /// What the mux refuses is open for a layer around it.
    @Test func pagesOfItsRefusals() async throws {
        var mux = ServeMux()
        try mux.handle("POST /form", Self.show())
        let recovery = HTTPRecovery(page: { status, request, response in
            try await response.send("page of \(status.code)")
        })
        let answer = try await ServerTests.exchange(
            ["GET /none", "GET /form", "GET /%4"].map { "\($0) HTTP/1.1\r\nHost: a\r\n\r\n" },
            handler: recovery.wrapping(mux.handler()))
        for code in ["404", "405", "400"] {
            #expect(answer.contains("HTTP/1.1 \(code) ") && answer.contains("page of \(code)"), "\(code)")
        }
        #expect(answer.contains("\r\nAllow: POST\r\n"))
    }

    @Test func hosts() async throws {
        var mux = ServeMux()
        try mux.handle("a.org/", Self.show())
        try mux.handle("b.org/", Self.show())
        #expect(try await Self.get(mux, "GET /").contains("\r\na.org/ "))
        #expect(try await Self.get(mux, "GET http://B.org/").contains("\r\nb.org/ "))
    }

    @Test func mounted() async throws {
        var items = ServeMux()
        try items.handle("GET /items/{id}", Self.show("tenant", "id"))
        try items.handle("/{$}", Self.show("tenant"))
        var mux = ServeMux()
        try mux.mount(items, at: "/api/{tenant}") { handler in
            { request, response in
                response.set(.vary, "wrapped")
                try await handler(&request, &response)
            }
        }
        try mux.group("c.org") { group throws(ServeMuxError) in try group.handle("POST /x/", Self.show()) }
        #expect(mux.patterns == ["GET /api/{tenant}/items/{id}", "/api/{tenant}/{$}", "POST c.org/x/"])
        let answer = try await Self.get(mux, "GET /api/t/items/5", "GET /api/u/")
        #expect(answer.contains("GET /api/{tenant}/items/{id} tenant=t id=5\n") && answer.contains("Vary: wrapped"))
        #expect(answer.contains("/api/{tenant}/{$} tenant=u\n"))
    }

    @Test(arguments: ["/a/", "GET /a", "/{x...}", "/{$}", "/", "/a//b"]) func badPrefixes(_ prefix: String) throws {
        var mux = ServeMux()
        #expect(throws: ServeMuxError.self) {
            try mux.group(prefix) { group throws(ServeMuxError) in try group.handle("/x") { _, _ in } }
        }
        #expect(mux.patterns.isEmpty)
    }

    @Test func aMountThatConflictsChangesNothing() throws {
        var inner = ServeMux()
        try inner.handle("/fine") { _, _ in }
        try inner.handle("/{x}") { _, _ in }
        var mux = ServeMux()
        try mux.handle("/{y}/z") { _, _ in }
        let error = #expect(throws: ServeMuxError.self) { try mux.mount(inner, at: "/a") }
        #expect(error?.pattern == "/a/{x}" && error?.other == "/{y}/z" && mux.patterns == ["/{y}/z"])
        var hosted = ServeMux()
        try hosted.handle("a.org/") { _, _ in }
        #expect(throws: ServeMuxError.self) { try mux.mount(hosted, at: "b.org/x") }
    }

    @Test func copiesAreApart() throws {
        var mux = ServeMux()
        try mux.handle("/a") { _, _ in }
        var copy = mux
        try copy.handle("/b") { _, _ in }
        #expect(mux.patterns == ["/a"] && copy.patterns == ["/a", "/b"])
    }
}
