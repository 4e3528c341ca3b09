import MillpondHTTP
import MillpondJSON
import TestSupport
import Testing

@Suite("JSON", .timeLimit(.minutes(1)))
struct JSONTests {
    struct Item: Codable, Equatable {
        struct Part: Codable, Equatable { var name: String }
        var id: Int
        var parts: [Part]
    }

    static let echo: HTTPServer.Handler = { request, response in
        var item = try await request.decode(Item.self, limit: 100)
        item.id += 1
        response.status = .created
        try await response.send(json: item)
    }

    private static func post(_ body: String, type: String?) -> String {
        let field = type.map { "Content-Type: \($0)\r\n" } ?? ""
        return "POST / HTTP/1.1\r\nHost: a\r\n\(field)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(arguments: ["application/json", "Application/JSON ; charset=utf-8", "application/vnd.api+json"])
    func thereAndBack(_ type: String) async throws {
        try await withServer(handler: Self.echo) { socket in
            socket.send(Self.post(#"{"parts":[{"name":"ä"}],"id":41}"#, type: type))
            let (status, body) = try socket.answer()
            #expect(status == 201)
            #expect(body == #"{"id":42,"parts":[{"name":"ä"}]}"# || body == #"{"parts":[{"name":"ä"}],"id":42}"#)
        }
    }

    static let refused: [(String, String?, Int)] = [
        ("{}", nil, 415), ("{}", "text/json", 415), ("{}", "text/plain", 415), ("{}", "application/jsonp", 415),
        ("", "application/json", 400), ("{", "application/json", 400),
        (#"{"id":1,"parts":[]}x"#, "application/json", 400),
        ("{}", "application/json", 422), (#"{"id":"1","parts":[]}"#, "application/json", 422),
        (#"{"id":1,"parts":[{}]}"#, "application/json", 422), (#"{"id":null,"parts":[]}"#, "application/json", 422),
        ("{\"id\":1,\"parts\":[]\(String(repeating: " ", count: 100))}", "application/json", 413),
    ]

    @Test(arguments: refused) func statuses(_ body: String, _ type: String?, _ status: Int) async throws {
        try await withServer(handler: Self.echo) { socket in
            socket.send(Self.post(body, type: type))
            let answer = try socket.answer()
            #expect(answer.status == status)
        }
    }

    @Test func theErrorSaysWhere() async throws {
        let handler: HTTPServer.Handler = { request, response in
            do {
                _ = try await request.decode(Item.self)
            } catch let error as HTTPJSONError {
                #expect(error.cause != nil)
                try await response.send("\(error.isMalformed) \(error.isMismatch) \(error.path ?? "nil")")
            }
        }
        let rows = [
            (#"{"id":1,"parts":[{"name":"a"},{"name":2}]}"#, "false true parts.1.name"),
            (#"{"parts":[]}"#, "false true id"), ("[]", "false true "), ("nope", "true false nil"),
        ]
        try await withServer(handler: handler) { socket in
            for (body, expected) in rows {
                socket.send(Self.post(body, type: "application/json"))
                let answer = try socket.answer()
                #expect(answer.body == expected)
            }
        }
    }

    struct Unencodable: Encodable {
        func encode(to encoder: any Encoder) throws {
            throw EncodingError.invalidValue(0, .init(codingPath: [], debugDescription: "never"))
        }
    }

    @Test func whatCannotBeEncodedIsA500() async throws {
        try await withServer(handler: { _, response in try await response.send(json: Unencodable()) }) { socket in
            let answer = try socket.get("/")
            #expect(answer.status == 500)
        }
    }

    @Test func aTypeThatWasSetStays() async throws {
        let handler: HTTPServer.Handler = { _, response in
            response.set(.contentType, "application/problem+json")
            try await response.send(json: [1])
        }
        try await withServer(handler: handler) { socket in
            socket.request("/", closes: true)
            let answer = String(decoding: socket.receiveAll(), as: UTF8.self)
            #expect(
                answer.contains("\r\nContent-Type: application/problem+json\r\n") && answer.hasSuffix("\r\n\r\n[1]"))
            #expect(!answer.contains("application/json"))
        }
    }

    @Test func aLargeAnswer() async throws {
        let numbers = Array(0..<200_000)
        try await withServer(handler: { _, response in try await response.send(json: numbers) }) { socket in
            let body = try socket.get("/").body
            #expect(body.utf8.count == 1_288_891 && body.hasSuffix(",199999]"))
        }
    }
}
