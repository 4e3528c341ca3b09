import HTTPTypes
import MillpondHTTP
import MillpondHTTPTypes
import TestSupport
import Testing

@Suite("swift-http-types", .timeLimit(.minutes(1)))
struct HTTPTypesTests {
    /// Answers with what the request became.
    static let show: HTTPServer.Handler = { request, response in
        let head = try HTTPTypes.HTTPRequest(converting: request)
        var lines = [
            "\(head.method.rawValue) \(head.scheme ?? "-") \(head.authority ?? "-") \(head.path ?? "-")",
            "\(HTTPMethod(converting: head.method))",
        ]
        lines += head.headerFields.map { "\($0.name.rawName): \($0.value)" }
        lines.append("host \(try HTTPTypes.HTTPFields(converting: request)[HTTPField.Name("Host")!] ?? "-")")
        let fields: HTTPTypes.HTTPFields = [.contentType: "text/plain", .contentLength: "999"]
        try await response.send(
            HTTPTypes.HTTPResponse(status: .init(code: 299, reasonPhrase: "Odd"), headerFields: fields),
            lines.joined(separator: "\n").utf8.span.bytes)
    }

    @Test func requests() async throws {
        try await withServer(handler: Self.show) { socket in
            socket.send("GET /a%20b?c=d HTTP/1.1\r\nHost: h:1\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
            let (status, body) = try socket.answer()
            #expect(status == 299 && body == "GET http h:1 /a%20b?c=d\nGET\nX-A: 1\nx-a: 2\nhost h:1")
            socket.send("BREW http://pot HTTP/1.1\r\nHost: h\r\n\r\n")
            let brewed = try socket.answer()
            #expect(brewed.body == "BREW http pot /\nother\nhost h")
            socket.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
            let last = try socket.answer()
            #expect(last.body == "OPTIONS http h *\nOPTIONS\nhost h")
        }
    }

    @Test func responses() async throws {
        let handler: HTTPServer.Handler = { request, response in
            var head = HTTPTypes.HTTPResponse(status: .accepted)
            head.headerFields[.contentLength] = "5"
            head.headerFields[.connection] = "X-Hop, Close"
            head.headerFields[HTTPField.Name("x-hop")!] = "of this connection"
            head.headerFields[.trailer] = "X-Sum"
            head.headerFields[values: .setCookie] = ["a=1", "b=2"]
            head.headerFields[.transferEncoding] = "chunked"
            head.headerFields[HTTPField.Name("Keep-Alive")!] = "timeout=5"
            try response.apply(head)
            try await response.write("hello")
        }
        try await withServer(handler: handler) { socket in
            socket.request("/")
            let answer = String(decoding: socket.receiveAll(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 202 Accepted\r\n") && answer.hasSuffix("\r\n\r\nhello"))
            #expect(answer.contains("Content-Length: 5\r\n") && answer.contains("Connection: close\r\n"))
            #expect(answer.contains("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"))
            for dropped in ["chunked", "Keep-Alive", "of this connection", "X-Sum"] {
                #expect(!answer.contains(dropped), "\(dropped)")
            }
        }
    }

    @Test func responsesThatAreRefused() async throws {
        let handler: HTTPServer.Handler = { request, response in
            var heads: [(HTTPTypes.HTTPResponse, HTTPTypesError)] = [
                (.init(status: .continue), .status), (.init(status: .init(code: 0)), .status),
            ]
            for length in ["", "-1", "5, 5", "x", "99999999999999999999"] {
                heads.append((.init(status: .ok, headerFields: [.contentLength: length]), .contentLength))
            }
            var two = HTTPTypes.HTTPResponse(status: .ok)
            two.headerFields[values: .contentLength] = ["5", "6"]
            heads.append((two, .contentLength))
            var count = 0
            for (head, expected) in heads {
                do throws(HTTPTypesError) { try response.apply(head) } catch { if error == expected { count += 1 } }
            }
            try await response.send("\(count) of \(heads.count)")
        }
        try await withServer(handler: handler) { socket in
            let (status, body) = try socket.get("/")
            #expect(status == 200 && body == "8 of 8")
        }
    }

    @Test func methodsAndStatuses() throws {
        let methods: [HTTPMethod] = [.get, .head, .post, .put, .delete, .options, .patch, .connect, .trace]
        for method in methods {
            let other = try #require(HTTPTypes.HTTPRequest.Method(converting: method))
            #expect(other.rawValue == method.description && HTTPMethod(converting: other) == method)
        }
        #expect(
            HTTPTypes.HTTPRequest.Method(converting: .other) == nil && HTTPMethod(converting: .init("BREW")!) == .other)
        #expect(try HTTPStatus(converting: .notFound) == .notFound)
        #expect(HTTPTypes.HTTPResponse.Status(converting: HTTPStatus(418)).code == 418)
    }
}
