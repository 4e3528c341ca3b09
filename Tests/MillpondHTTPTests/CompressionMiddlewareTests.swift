import Foundation
import MillpondIO
import MillpondNet
import MillpondPools
import TestSupport
import Testing

@testable import MillpondHTTP

/// Compressed answers over a socket.
@Suite(.timeLimit(.minutes(2)))
struct CompressionMiddlewareTests {
    private static let text = String(repeating: "All work and no play makes Jack a dull boy.\n", count: 400)

    private static let handler: HTTPServer.Handler = { request, response in
        response.set(.contentType, "text/plain; charset=utf-8")
        switch request.pathString {
        case "/whole": try await response.send(text)
        case "/tagged":
            response.set(.eTag, "\"a\"")
            response.set("Accept-Ranges", "bytes")
            try await response.send(text)
        case "/weak":
            response.set(.eTag, "W/\"a\"")
            try await response.send(text)
        case "/short": try await response.send("short")
        case "/long": try await response.send(String(repeating: text, count: 50))
        case "/shared": try await response.send(SharedBytes(copying: text.utf8.span.bytes))
        case "/chain":
            var chain = ByteChain()
            for _ in 0..<20 { try chain.append(copying: text.utf8.span.bytes) }
            try await response.send(chain)
        case "/pieces", "/length":
            if request.pathIs("/length") { response.contentLength = text.utf8.count * 3 }
            for _ in 0..<3 { try await response.write(text) }
        case "/flushed":
            try await response.write(text)
            try await response.flush()
            try await response.write(text)
        case "/trickle": for character in text.prefix(3000) { try await response.write(String(character)) }
        case "/png":
            response.set(.contentType, "image/png")
            try await response.send(text)
        case "/events":
            response.set(.contentType, "text/event-stream")
            try await response.send(text)
        case "/coded":
            response.set(.contentEncoding, "br")
            try await response.send(text)
        case "/untouched":
            response.set(.cacheControl, "no-transform, max-age=5")
            try await response.send(text)
        case "/part":
            response.status = .partialContent
            response.set("Content-Range", "bytes 0-17199/99999")
            try await response.send(text)
        case "/untyped":
            response.remove(.contentType)
            try await response.send(text)
        case "/twice":
            try await response.write("a piece")
            try await response.send(text)
        case "/empty":
            response.status = .noContent
            try await response.send()
        case "/notmodified":
            response.status = .notModified
            response.set(.eTag, "\"a\"")
        case "/capitals":
            response.set(.contentType, "Text/HTML")
            response.set(.vary, "Origin, accept-encoding")
            try await response.send(text)
        case "/second":
            response.set(.cacheControl, "max-age=5")
            response.add(.cacheControl, "public, No-Transform")
            try await response.send(text)
        default:
            try await response.write(text)
            throw MiddlewareTests.Failure()
        }
    }

    private func withServer(_ body: (HandlerServer) throws -> Void) async throws {
        let handler = HTTPServer.handler(through: HTTPRecovery(), HTTPCompression(), handler: Self.handler)
        try await withHandler(handler, body)
    }

    /// The content without chunks.
    private static func content(_ answer: PlainAnswer) throws -> [UInt8] {
        guard answer["Transfer-Encoding"] == "chunked" else { return answer.body }
        var rest = answer.body[...]
        var content: [UInt8] = []
        while let end = rest.firstIndex(of: 0x0D),
            let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16)
        {
            rest = rest[(end + 2)...]
            if size == 0 { return content }
            content += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        throw NotAnAnswer(reason: "no last chunk")
    }

    private static func inflate(_ bytes: [UInt8]) throws -> String {
        String(decoding: try Compression.inflate(bytes, .gzip), as: UTF8.self)
    }

    @Test(arguments: ["/whole", "/tagged", "/weak", "/long", "/shared", "/chain", "/pieces", "/length", "/flushed"])
    func whatIsWorthIt(path: String) async throws {
        try await withServer { server in
            let plain = try server.ask(path)
            #expect(plain["Content-Encoding"] == nil && plain["Vary"] == "Accept-Encoding")
            let zipped = try server.ask(path, ["Accept-Encoding: gzip"])
            #expect(zipped["Content-Encoding"] == "gzip" && zipped.values("Vary") == ["Accept-Encoding"])
            let content = try Self.content(zipped)
            let whole = try Self.content(plain)
            #expect(try Self.inflate(content) == String(decoding: whole, as: UTF8.self))
            #expect(content.count < whole.count / 5)
            #expect(zipped["ETag"] == (plain["ETag"] == nil ? nil : "W/\"a\"") && zipped["Accept-Ranges"] == nil)
            if let length = zipped["Content-Length"] { #expect(Int(length) == content.count) }
        }
    }

    @Test func smallPiecesAreCompressedTogether() async throws {
        try await withServer { server in
            let answer = try server.ask("/trickle", ["Accept-Encoding: gzip"])
            #expect(try Self.inflate(Self.content(answer)) == String(Self.text.prefix(3000)))
            // Known as a whole by the end, so it has a length.
            #expect(answer["Content-Length"] == "\(answer.body.count)" && answer.body.count < 300)
        }
    }

    /// HEAD says what GET would get: all fields but those of the framing.
    @Test(arguments: ["/whole", "/tagged", "/long", "/shared", "/chain", "/pieces", "/length", "/short", "/png"])
    func headAgrees(path: String) async throws {
        try await withServer { server in
            for accepted in ["gzip", "identity"] {
                let get = try server.ask(path, ["Accept-Encoding: \(accepted)"])
                let head = try server.ask(path, method: "HEAD", ["Accept-Encoding: \(accepted)"])
                #expect(head.status == 200 && head.body.isEmpty)
                for name in ["Content-Encoding", "ETag", "Vary", "Content-Type", "Accept-Ranges"] {
                    #expect(head.values(name) == get.values(name), "\(name)")
                }
                let isCompressed = get["Content-Encoding"] != nil
                #expect(head["Content-Length"] == (isCompressed ? nil : get["Content-Length"]))
                #expect(head["Transfer-Encoding"] == nil || !isCompressed)
            }
        }
    }

    @Test func notModified() async throws {
        try await withServer { server in
            let zipped = try server.ask("/notmodified", ["Accept-Encoding: gzip"])
            #expect(zipped.status == 304 && zipped["Vary"] == "Accept-Encoding" && zipped["ETag"] == "W/\"a\"")
            let plain = try server.ask("/notmodified")
            #expect(plain.status == 304 && plain["Vary"] == "Accept-Encoding" && plain["ETag"] == "\"a\"")
        }
    }

    @Test func lettersInAnyCaseAndFieldsOfTwoLines() async throws {
        try await withServer { server in
            let capitals = try server.ask("/capitals", ["Accept-Encoding: gzip"])
            #expect(capitals["Content-Encoding"] == "gzip" && capitals.values("Vary") == ["Origin, accept-encoding"])
            try #expect(server.ask("/second", ["Accept-Encoding: gzip"]).value("Content-Encoding") == nil)
        }
    }

    /// Content that comes now and then is an answer that has begun, however little there is of it.
    @Test func aSlowStreamIsNoHandlerThatDoesNotAnswer() async throws {
        var options = HTTPServerOptions()
        options.requestTimeout = .milliseconds(400)
        let server = try HandlerServer(
            options: options,
            HTTPServer.handler(through: HTTPCompression()) { request, response in
                response.set(.contentType, "text/plain")
                for _ in 0..<8 {
                    try await response.write("now and then\n")
                    try await request.channel.reactor.sleep(for: .milliseconds(100))
                }
            })
        let answer = try server.ask("/", ["Accept-Encoding: gzip"])
        #expect(answer.status == 200 && answer["Content-Encoding"] == "gzip")
        #expect(try Self.inflate(Self.content(answer)) == String(repeating: "now and then\n", count: 8))
        await server.stop()
    }

    /// As many streams as the bound says are compressed, and further ones sent as they are.
    @Test func streamsAreBounded() async throws {
        let layer = HTTPCompression(streamLimit: 2)
        let server = try HandlerServer(
            HTTPServer.handler(through: layer) { request, response in
                response.set(.contentType, "text/plain")
                if request.pathIs("/brief") { return try await response.send(Self.text) }
                let shared = try SharedBytes(copying: Self.text.utf8.span.bytes)
                if request.pathIs("/shared") { return try await response.send(shared) }
                if request.pathIs("/chain") {
                    var chain = ByteChain()
                    try chain.append(shared)
                    return try await response.send(chain)
                }
                try await response.write(Self.text)
                try await response.flush()
                // Until the client has gone.
                try await request.channel.reactor.sleep(for: .seconds(60))
            })
        let request = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
        func open() throws -> (PlainSocket, String) {
            let socket = try PlainSocket(port: server.port)
            socket.send(request)
            var bytes: [UInt8] = []
            while bytes.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) == nil, let more = socket.receive(), !more.isEmpty {
                bytes += more
            }
            return (socket, String(decoding: bytes, as: UTF8.self))
        }
        var held: [PlainSocket] = []
        for expected in [true, true, false, false] {
            let (socket, head) = try open()
            #expect(head.contains("Content-Encoding: gzip\r\n") == expected && head.contains("Vary: Accept-Encoding"))
            held.append(socket)
        }
        #expect(layer.slots.count == 2)
        // What is done at one go needs no slot.
        for path in ["/brief", "/shared", "/chain"] {
            let answer = try server.ask(path, ["Accept-Encoding: gzip"])
            #expect(answer["Content-Encoding"] == "gzip" && answer["Transfer-Encoding"] == nil, "\(path)")
            #expect(try Self.inflate(answer.body) == Self.text)
        }
        held.removeAll()
        // Their clients gone, the handlers are cancelled and the slots free.
        let start = ContinuousClock.now
        while layer.slots.count > 0, ContinuousClock.now - start < .seconds(30) { await Task.yield() }
        #expect(layer.slots.count == 0)
        let (_, head) = try open()
        #expect(head.contains("Content-Encoding: gzip\r\n"))
        await server.stop()
    }

    @Test(arguments: ["/short", "/png", "/events", "/coded", "/untouched", "/part", "/untyped", "/empty"])
    func whatIsNot(path: String) async throws {
        try await withServer { server in
            let plain = try server.ask(path)
            let asked = try server.ask(path, ["Accept-Encoding: gzip"])
            #expect(asked["Content-Encoding"] == plain["Content-Encoding"] && asked.body == plain.body)
            #expect(asked["Content-Length"] == plain["Content-Length"])
            #expect(asked["Vary"] == (path == "/short" ? "Accept-Encoding" : nil))
        }
    }

    @Test func whoDoesNotTakeIt() async throws {
        try await withServer { server in
            for accepted in ["identity", "br", "gzip;q=0", "*;q=0", "gzip;q=0.5, identity"] {
                let answer = try server.ask("/whole", ["Accept-Encoding: \(accepted)"])
                #expect(answer["Content-Encoding"] == nil && answer.text == Self.text, "\(accepted)")
            }
        }
    }

    /// What was compressed, but not sent, is no part of the answer that an error gets.
    @Test func anErrorInTheMiddle() async throws {
        try await withServer { server in
            for path in ["/failing", "/twice"] {
                let answer = try server.ask(path, ["Accept-Encoding: gzip"])
                #expect(answer.status == 500 && answer.text == "500 Internal Server Error\n", "\(path)")
                #expect(answer["Content-Encoding"] == nil && answer["Content-Length"] == "\(answer.body.count)")
            }
        }
    }
}
