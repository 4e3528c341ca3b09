import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import TestSupport
import Testing

/// The client against the server of this package, over real sockets.
@Suite("Client: requests and responses", .timeLimit(.minutes(2)))
struct ClientTests {
    @Test func oneAfterTheOtherOnOneConnection() async throws {
        try await withTransport { transport, origin in
            for index in 0..<20 {
                let answer = try await collect(transport, HTTPClientRequest(origin: origin, target: "/\(index)"))
                #expect(answer.text == "GET /\(index) ")
            }
            let statistics = transport.statistics()
            #expect(statistics.dials == 1 && statistics.reuses == 19 && statistics.requests == 20)
            #expect(statistics.idle == 1 && statistics.inUse == 0 && statistics.failures == 0)
        }
    }

    @Test func fromAReactorAndFromElsewhere() async throws {
        let group = try ReactorGroup(count: 2)
        let server = HTTPServer(group: group, handler: echoRequest)
        let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
        let origin = try HTTPOrigin(host: "127.0.0.1", port: address.port)
        let transport = Transport(group: group)
        for reactor in group.reactors {
            // On its own thread from beginning to end.
            try await reactor.run {
                let isThere = try await transport.withResponse(HTTPClientRequest(origin: origin)) { response in
                    _ = try await response.readBody(limit: 1000)
                    return reactor.isCurrent
                }
                #expect(isThere && reactor.isCurrent)
            }
        }
        let isOnAReactor = try await transport.withResponse(HTTPClientRequest(origin: origin)) { response in
            let before = Reactor.current != nil
            _ = try await response.readBody(limit: 1000)
            return before && Reactor.current != nil
        }
        #expect(isOnAReactor)
        // The guest found the connection of the first reactor.
        #expect(transport.statistics().dials == 2)
        #expect(await transport.close() == 0)
        await server.drain()
        await group.shutdown()
    }

    @Test func fromTheMainActor() async throws {
        try await withTransport { transport, origin in
            let text = try await Self.onMain(transport, origin)
            #expect(text == "GET /main ")
        }
    }

    @MainActor private static func onMain(_ transport: Transport, _ origin: HTTPOrigin) async throws -> String {
        let text = try await transport.withResponse(HTTPClientRequest(origin: origin, target: "/main")) { response in
            #expect(Reactor.current != nil)
            return try await response.readText(limit: 1000)
        }
        MainActor.assertIsolated()
        return text
    }

    @Test func convenience() async throws {
        try await withTransport { transport, origin in
            let client = HTTPClient(transport)
            let got = try await client.get("\(origin)/path?query#fragment", limit: 1000)
            #expect(got.status == .ok && got.text == "GET /path " && got.fields["content-length"] == "10")
            let posted = try await client.post("\(origin)", .text("content"), contentType: "text/plain")
            #expect(posted.text == "POST / content")
            await #expect(throws: HTTPClientError.self) { try await client.get("\(origin)/long", limit: 3) }
        }
    }

    @Test func contentOfEveryKind() async throws {
        let path = "/tmp/millpond-client-\(UInt64.random(in: 0 ... .max))"
        let long = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 % 251 % 95 + 32) }
        let text = String(decoding: long, as: UTF8.self)
        var file = BufferedWriter(try FileDescriptorSink(creating: path))
        try await file.write(SharedBytes(copying: long.span.bytes))
        try await file.flush()
        try await withTransport { transport, origin in
            let bodies: [(HTTPClientBody, String)] = [
                (.none, ""), (.bytes([]), ""), (.text("short"), "short"), (.bytes(long), text),
                (.shared(try SharedBytes(copying: long.span.bytes)), text),
                (.shared(SharedBytes("static")), "static"),
                (.file(path: path), text), (.file(path: path, offset: 10, count: 20), String(text.dropFirst(10).prefix(20))),
                (.writer { writer in for _ in 0..<100 { try await writer.write("piece ") } },
                    String(repeating: "piece ", count: 100)),
                (.writer(length: 10) { writer in
                    try await writer.write("hello")
                    try await writer.write([0x31, 0x32, 0x33, 0x34, 0x35])
                }, "hello12345"),
                (.writer { _ in }, ""),
            ]
            for (body, expected) in bodies {
                var request = HTTPClientRequest(.put, origin: origin)
                request.body = body
                let answer = try await collect(transport, request)
                #expect(answer.text == "PUT / \(expected)", "\(answer.text.count) characters")
            }
            #expect(transport.statistics().dials == 1)
        }
        #expect(unlink(path) == 0)
    }

    @Test func contentThatGoesOnAndOn() async throws {
        // More than all buffers on the way: it has to be read while it is written.
        try await withTransport(handler: { request, response in
            while try await request.readChunk({ bytes in bytes.byteCount }) != nil {
                try await response.write("0123456789abcdef")
            }
        }) { transport, origin in
            var request = HTTPClientRequest(.post, origin: origin)
            request.body = .writer { writer in
                let piece = [UInt8](repeating: 7, count: 100_000)
                for _ in 0..<500 { try await writer.write(piece) }
            }
            let count = try await transport.withResponse(request) { response in
                var count = 0
                while let piece = try await response.readChunk({ $0.byteCount }) { count += piece }
                return count
            }
            #expect(count > 0 && count % 16 == 0)
            #expect(transport.statistics().idle == 1)
        }
    }

    @Test func headersBothWays() async throws {
        try await withTransport(handler: { request, response in
            let text = request.string("X-Asked") ?? "none"
            let agent = request.string(.userAgent) ?? "none"
            response.set("X-Answered", "\(text) \(agent) \(request.string(.host) ?? "")")
            try await response.send()
        }) { transport, origin in
            var request = HTTPClientRequest(.get, origin: origin)
            request.fields.set("X-Asked", "question")
            request.fields.set(.host, "other.example:81")
            let value = try await transport.withResponse(request) { $0.string("x-answered") }
            #expect(value == "question millpond other.example:81")
            request.fields.set(.userAgent, "test")
            request.fields.remove("host")
            let again = try await transport.withResponse(request) { $0.fields["X-ANSWERED"] }
            #expect(again == "question test \(origin.authority)")
        }
    }

    @Test func requestsThatMustNotBeSent() async throws {
        try await withTransport { transport, origin in
            var wrong: [HTTPClientRequest] = []
            for change in [
                { $0.fields.set("a b", "c") }, { $0.fields.set("a", "c\r\nd: e") }, { $0.fields.set("Content-Length", "3") },
                { $0.fields.set("transfer-encoding", "chunked") }, { $0.fields.set("Connection", "close") },
                { $0.fields.set("a", String(repeating: "b", count: 70_000)) }, { $0.target = "" }, { $0.target = "/ /" },
                { $0.target = "/\r\n" }, { $0.method = .other }, { $0.methodName = "GET /" }, { $0.upgrade = "a\nb" },
            ] as [(inout HTTPClientRequest) -> Void] {
                var request = HTTPClientRequest(origin: origin)
                change(&request)
                wrong.append(request)
            }
            for request in wrong {
                let error = await clientError { _ = try await collect(transport, request) }
                #expect(error?.phase == .preparing, "\(request.fields) \(request.target)")
            }
            #expect(transport.statistics().dials == 0)
        }
    }

    @Test func aMethodOfItsOwn() async throws {
        try await withTransport(handler: { request, response in
            try await response.send(request.methodBytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
        }) { transport, origin in
            var request = HTTPClientRequest(.other, origin: origin)
            request.methodName = "PROPFIND"
            let text = try await collect(transport, request).text
            #expect(text == "PROPFIND")
        }
    }

    @Test func head() async throws {
        try await withTransport { transport, origin in
            for _ in 0..<3 {
                let length = try await transport.withResponse(HTTPClientRequest(.head, origin: origin)) { response in
                    let hasContent = response.hasUnreadBody
                    #expect(!hasContent)
                    return response.contentLength
                }
                #expect(length == 7)
            }
            #expect(transport.statistics().dials == 1)
        }
    }

    @Test func overAUnixSocket() async throws {
        let path = "/tmp/millpond-\(UInt64.random(in: 0 ... .max)).sock"
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group, handler: echoRequest)
        try server.start(on: .unix(path: path))
        let transport = Transport(group: group)
        for _ in 0..<3 {
            let answer = try await collect(transport, HTTPClientRequest(origin: .unix(path: path), target: "/u"))
            #expect(answer.text == "GET /u ")
        }
        #expect(transport.statistics().dials == 1)
        await transport.close()
        await server.drain()
        await group.shutdown()
        unlink(path)
    }

    @Test func aFileIsDownloaded() async throws {
        let path = "/tmp/millpond-client-\(UInt64.random(in: 0 ... .max))"
        let long = [UInt8](repeating: 0x61, count: 3_000_000)
        try await withTransport(handler: { request, response in
            if request.pathIs("/chunks") { return try await response.write(String(decoding: long, as: UTF8.self)) }
            try await response.send(long)
        }) { transport, origin in
            for target in ["/length", "/chunks"] {
                let count = try await transport.withResponse(HTTPClientRequest(origin: origin, target: target)) { response in
                    var writer = BufferedWriter(try FileDescriptorSink(creating: path))
                    var last = 0
                    let count = try await response.copyBody(to: &writer) { last = $0 }
                    try await writer.flush()
                    #expect(last == count)
                    return count
                }
                #expect(count == long.count)
                let size = try await HTTPClientBody.size(ofFileAt: path)
                #expect(size == long.count)
                let error = await clientError {
                    try await transport.withResponse(HTTPClientRequest(origin: origin, target: target)) { response in
                        var writer = BufferedWriter(MemorySink())
                        try await response.copyBody(to: &writer, limit: 1000)
                    }
                }
                #expect(error?.isBodyTooLarge == true)
            }
        }
        #expect(unlink(path) == 0)
    }
}

extension HTTPClientBody {
    static func size(ofFileAt path: String) async throws -> Int {
        var reader = BufferedReader(try FileDescriptorSource(path: path))
        var writer = BufferedWriter(ChunkCounter())
        return try await copy(from: &reader, to: &writer)
    }
}

/// Takes everything.
struct ChunkCounter: ByteSink {
    mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        chain.removeAll()
        return .complete
    }

    mutating func waitUntilWritable() async throws {}
}
