import Foundation
import MillpondIO
import MillpondNet
import TestSupport
import Testing

@testable import MillpondHTTP

/// Layers around handlers, over a socket.
@Suite(.timeLimit(.minutes(2)))
struct MiddlewareTests {
    /// Notes when it is passed.
    struct Note: HTTPMiddleware {
        let name: String
        let notes: Journal

        func handle(_ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext) async throws {
            notes.note("\(name) in")
            do {
                try await next(&request, &response)
            } catch {
                notes.note("\(name) threw")
                throw error
            }
            notes.note("\(name) \(response.outcome.code) \(response.contentCount)")
        }
    }

    struct Teapot: HTTPRespondingError {
        var status: HTTPStatus { HTTPStatus(418) }
    }

    struct Failure: Error {}

    @Test func theFirstIsTheOutermostAndSeesWhatCameOfIt() async throws {
        let notes = Journal()
        let handler = HTTPServer.handler(
            through: Note(name: "a", notes: notes), Note(name: "b", notes: notes), Note(name: "c", notes: notes)
        ) { request, response in
            switch request.pathString {
            case "/send": try await response.send("hello")
            case "/pieces":
                try await response.write("hello, ")
                try await response.write(String(repeating: "x", count: 10_000))
            case "/status": response.status = .forbidden
            case "/throw": throw Failure()
            default: break
            }
        }
        try await withHandler(handler) { server in
            try #expect(server.ask("/send").text == "hello")
            #expect(notes.take() == ["a in", "b in", "c in", "c 200 5", "b 200 5", "a 200 5"])
            _ = try server.ask("/pieces")
            #expect(notes.take().last == "a 200 10007")
            _ = try server.ask("/send", method: "HEAD")
            #expect(notes.take().last == "a 200 0")
            _ = try server.ask("/status")
            #expect(notes.take().last == "a 403 0")
            _ = try server.ask("/nothing")
            #expect(notes.take().last == "a 200 0")
            try #expect(server.ask("/throw").status == 500)
            #expect(notes.take().suffix(3) == ["c threw", "b threw", "a threw"])
        }
    }

    @Test func recovery() async throws {
        let notes = Journal()
        let recovery = HTTPRecovery(
            status: { $0 is IOError ? .badGateway : nil }, onError: { notes.note("\(type(of: $0))") })
        let handler = HTTPServer.handler(through: HTTPRequestID(), recovery) { request, response in
            response.set("X-Kept", "yes")
            response.set(.eTag, "\"a\"")
            response.set(.contentType, "application/json")
            switch request.pathString {
            case "/teapot": throw Teapot()
            case "/failure": throw Failure()
            case "/gateway": throw IOError.closed
            case "/body": _ = try await request.readBody(limit: 3)
            case "/field": response.set("X-Bad", "a\r\nb")
            case "/pieces":
                try await response.write("a part")
                throw Failure()
            case "/late":
                try await response.write(String(repeating: "x", count: 100_000))
                throw Failure()
            case "/status": response.status = .gone
            case "/own":
                response.status = .gone
                return try await response.send("{}")
            default:
                response.status = .notFound
                return
            }
            try await response.send("unreached")
        }
        try await withHandler(handler) { server in
            let table: [(String, Int, String, [String])] = [
                ("/teapot", 418, "418 ", []), ("/failure", 500, "500 Internal Server Error\n", ["Failure"]),
                ("/gateway", 502, "502 Bad Gateway\n", ["IOError"]), ("/field", 500, "500 ", ["HTTPResponseError"]),
                ("/pieces", 500, "500 Internal Server Error\n", ["Failure"]), ("/none", 404, "404 Not Found\n", []),
            ]
            for (path, status, text, told) in table {
                let answer = try server.ask(path)
                #expect(answer.status == status && answer.text.hasPrefix(text), "\(path): \(answer.text)")
                #expect(answer["Content-Type"] == "text/plain; charset=utf-8", "\(path)")
                #expect(answer["X-Kept"] == "yes" && answer["X-Request-ID"]?.count == 32, "\(path)")
                #expect(answer["ETag"] == nil || path == "/none", "\(path)")
                #expect(notes.take() == told)
            }
            let large = try server.ask("/body", method: "POST", ["Content-Length: 9"], body: "123456789")
            #expect(large.status == 413 && large.text.hasPrefix("413 "))
            // What has begun is cut short: no end of the chunks.
            let late = try server.ask("/late")
            #expect(late.status == 200 && !late.text.hasSuffix("0\r\n\r\n"))
            let own = try server.ask("/own")
            #expect(own.status == 410 && own.text == "{}" && own["Content-Type"] == "application/json")
            let head = try server.ask("/failure", method: "HEAD")
            #expect(head.status == 500 && head.body.isEmpty)
        }
    }

    @Test func customPages() async throws {
        let recovery = HTTPRecovery(page: { status, request, response in
            response.set(.contentType, "text/html")
            try await response.send("<h1>\(status.code) at \(request.pathString)</h1>")
        })
        try await withHandler(HTTPServer.handler(through: recovery) { _, _ in throw Teapot() }) { server in
            try #expect(server.ask("/x").text == "<h1>418 at /x</h1>")
        }
    }

    @Test func requestIDs() async throws {
        let handler = HTTPServer.handler(through: HTTPRequestID()) { _, response in
            try await response.send(response.string(.requestID) ?? "none")
        }
        try await withHandler(handler) { server in
            var seen = Set<String>()
            for _ in 0..<50 {
                let answer = try server.ask("/")
                #expect(answer.text == answer["X-Request-ID"] && answer.text.count == 32)
                #expect(answer.text.allSatisfy { $0.isHexDigit })
                seen.insert(answer.text)
            }
            #expect(seen.count == 50)
            for given in ["a", "A-b_c.9", String(repeating: "x", count: 64)] {
                try #expect(server.ask("/", ["X-Request-ID: \(given)"]).text == given)
            }
            for bad in ["", "a b", "a,b", "\u{e9}", String(repeating: "x", count: 65), "<script>"] {
                try #expect(server.ask("/", ["X-Request-ID: \(bad)"]).text.count == 32, "\(bad)")
            }
        }
        let strict = HTTPServer.handler(through: HTTPRequestID(acceptsGiven: false)) { _, response in
            try await response.send()
        }
        try await withHandler(strict) { server in
            try #expect(server.ask("/", ["X-Request-ID: mine"]).value("X-Request-ID") != "mine")
        }
    }

    @Test func timeouts() async throws {
        let handler = HTTPServer.handler(through: HTTPTimeout(.milliseconds(100))) { request, response in
            if request.pathIs("/slow") { try await request.channel.reactor.sleep(for: .seconds(30)) }
            try await response.send("done")
        }
        try await withHandler(handler) { server in
            try #expect(server.ask("/").text == "done")
            let start = ContinuousClock.now
            let slow = try server.ask("/slow")
            #expect(slow.status == 503 && slow["Connection"] == "close")
            // Far less than the handler's thirty seconds.
            #expect(ContinuousClock.now - start < .seconds(20))
            try #expect(server.ask("/").text == "done")
        }
    }
}
