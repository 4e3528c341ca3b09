import Foundation
import Testing

@testable import MillpondHTTP

/// CORS over a socket.
@Suite(.timeLimit(.minutes(2)))
struct CrossOriginTests {
    private static let origin = "https://app.example"

    private func withOrigins(
        _ origins: HTTPCrossOrigin.Origins, _ options: HTTPCrossOrigin.Options = .init(),
        _ body: (HandlerServer) throws -> Void
    ) async throws {
        let layer = try HTTPCrossOrigin(origins, options: options)
        let handler = HTTPServer.handler(through: layer) { _, response in try await response.send("handled") }
        try await withHandler(handler, body)
    }

    private static func preflight(_ origin: String, fields: String = "content-type") -> [String] {
        ["Origin: \(origin)", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: \(fields)"]
    }

    @Test func namedOrigins() async throws {
        var options = HTTPCrossOrigin.Options()
        options.allowsCredentials = true
        options.exposedFields = ["X-Total", "ETag"]
        try await withOrigins(.these([Self.origin]), options) { server in
            let answer = try server.ask("/", ["Origin: \(Self.origin)"])
            #expect(answer.text == "handled" && answer["Access-Control-Allow-Origin"] == Self.origin)
            #expect(answer["Access-Control-Allow-Credentials"] == "true" && answer["Vary"] == "Origin")
            #expect(answer["Access-Control-Expose-Headers"] == "X-Total, ETag")
            for other in [
                "https://evil.example", "http://app.example", "https://app.example:8443",
                "https://app.example.evil.com",
                "null", "https://APP.example", "",
            ] {
                let refused = try server.ask("/", ["Origin: \(other)"])
                #expect(refused.text == "handled" && refused["Access-Control-Allow-Origin"] == nil, "\(other)")
                #expect(refused["Access-Control-Allow-Credentials"] == nil && refused["Vary"] == "Origin")
                let preflight = try server.ask("/", method: "OPTIONS", Self.preflight(other))
                #expect(preflight.status == 403 && preflight["Access-Control-Allow-Origin"] == nil)
                #expect(preflight["Access-Control-Allow-Methods"] == nil)
            }
            let none = try server.ask("/")
            #expect(none["Access-Control-Allow-Origin"] == nil && none["Vary"] == "Origin")
        }
    }

    /// A handler's own `Vary` is sent beside it.
    @Test func varyOfTheHandler() async throws {
        let layer = try HTTPCrossOrigin(.these([Self.origin]))
        let server = try HandlerServer(
            HTTPServer.handler(through: layer) { request, response in
                response.set(.vary, "Accept")
                if request.pathIs("/pieces") { return try await response.write("handled") }
                if request.pathIs("/error") { throw MiddlewareTests.Failure() }
                try await response.send("handled")
            })
        for path in ["/", "/pieces"] {
            try #expect(server.ask(path).values("Vary").sorted() == ["Accept", "Origin"])
        }
        try #expect(server.ask("/error").values("Vary") == ["Origin"])
        await server.stop()
    }

    @Test func preflights() async throws {
        try await withOrigins(.these([Self.origin])) { server in
            let answer = try server.ask("/", method: "OPTIONS", Self.preflight(Self.origin))
            #expect(answer.status == 204 && answer.body.isEmpty)
            #expect(answer["Access-Control-Allow-Origin"] == Self.origin)
            #expect(answer["Access-Control-Allow-Methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE")
            #expect(answer["Access-Control-Allow-Headers"] == "Content-Type, Authorization")
            #expect(answer["Access-Control-Max-Age"] == "600" && answer["Access-Control-Allow-Credentials"] == nil)
            // OPTIONS that is no preflight is the handler's.
            try #expect(server.ask("/", method: "OPTIONS").text == "handled")
            try #expect(server.ask("/", method: "OPTIONS", ["Origin: \(Self.origin)"]).text == "handled")
        }
        var options = HTTPCrossOrigin.Options()
        options.requestFields = nil
        try await withOrigins(.these([Self.origin]), options) { server in
            let answer = try server.ask("/", method: "OPTIONS", Self.preflight(Self.origin, fields: "x-a, x-b"))
            #expect(answer["Access-Control-Allow-Headers"] == "x-a, x-b")
            #expect(answer.values("Vary") == ["Origin", "Access-Control-Request-Headers"])
        }
    }

    @Test func anyOrigin() async throws {
        try await withOrigins(.any) { server in
            let answer = try server.ask("/", ["Origin: https://whoever.example"])
            #expect(answer["Access-Control-Allow-Origin"] == "*" && answer["Vary"] == nil)
            try #expect(server.ask("/").value("Access-Control-Allow-Origin") == nil)
        }
        var options = HTTPCrossOrigin.Options()
        options.allowsCredentials = true
        #expect(throws: HTTPCrossOrigin.InvalidOptions.self) { try HTTPCrossOrigin(.any, options: options) }
        options = .init()
        options.exposedFields = ["A\r\nB"]
        #expect(throws: HTTPCrossOrigin.InvalidOptions.self) { try HTTPCrossOrigin(.any, options: options) }
    }

    @Test func originsByFunction() async throws {
        try await withOrigins(.matching { $0.hasSuffix(".example") && $0.hasPrefix("https://") }) { server in
            try #expect(
                server.ask("/", ["Origin: https://a.example"]).value("Access-Control-Allow-Origin")
                    == "https://a.example")
            try #expect(server.ask("/", ["Origin: https://a.com"]).value("Access-Control-Allow-Origin") == nil)
        }
    }
}
