import Testing

@testable import MillpondHTTP

/// A chunked body: its content, or nil where it must be refused.
struct ChunkRow: CustomStringConvertible, Sendable {
    let text: String
    let content: String?

    init(_ text: String, _ content: String?) {
        self.text = text
        self.content = content
    }

    var description: String { text.debugDescription }
}

/// Also run against a server: `StrictTable+Chunks.swift`.
let chunkTable: [ChunkRow] = [
    ChunkRow("0\r\n\r\n", ""),
    ChunkRow("5\r\nhello\r\n0\r\n\r\n", "hello"),
    ChunkRow("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
    ChunkRow("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
    ChunkRow("A\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
    ChunkRow("000000000000001\r\na\r\n0\r\n\r\n", "a"),
    ChunkRow("0000000000000001\r\na\r\n0\r\n\r\n", nil),
    ChunkRow("1;a\r\nb\r\n0\r\n\r\n", "b"),
    ChunkRow("1;a=b\r\nb\r\n0\r\n\r\n", "b"),
    ChunkRow("1;a=\"b;\\\"\";c\r\nb\r\n0;x=y\r\n\r\n", "b"),
    ChunkRow("1 ; a = b ;c\r\nb\r\n0\r\n\r\n", "b"),
    ChunkRow("1 \r\nb\r\n0\r\n\r\n", nil),
    ChunkRow("1;\r\nb\r\n0\r\n\r\n", nil),
    ChunkRow("1;=b\r\nb\r\n0\r\n\r\n", nil),
    ChunkRow("1;a=\r\nb\r\n0\r\n\r\n", nil),
    ChunkRow("1;a b\r\nb\r\n0\r\n\r\n", nil),
    ChunkRow("1;a\nb\r\n0\r\n\r\n", nil),
    ChunkRow("1;a\0\r\nb\r\n0\r\n\r\n", nil),
    ChunkRow("1;a=\"b\r\n\"\r\nb\r\n0\r\n\r\n", nil),
    ChunkRow("\r\nb\r\n0\r\n\r\n", nil),
    ChunkRow("g\r\n", nil),
    ChunkRow("-1\r\n", nil),
    ChunkRow("+1\r\n", nil),
    ChunkRow("0x1\r\na\r\n0\r\n\r\n", nil),
    ChunkRow(" 1\r\na\r\n0\r\n\r\n", nil),
    ChunkRow("1_0\r\n", nil),
    ChunkRow("ffffffffffffffff\r\n", nil),
    ChunkRow("1\na\r\n0\r\n\r\n", nil),
    ChunkRow("1\ra\r\n0\r\n\r\n", nil),
    ChunkRow("1\r\nab\r\n0\r\n\r\n", nil),
    ChunkRow("1\r\na\n0\r\n\r\n", nil),
    ChunkRow("1\r\na\rx", nil),
    ChunkRow("1\r\na0\r\n\r\n", nil),
    ChunkRow("0\r\nA: b\r\n\r\n", ""),
    ChunkRow("0\r\nA: b\r\nC:\r\n\r\n", ""),
    ChunkRow("0\r\nA : b\r\n\r\n", nil),
    ChunkRow("0\r\n: b\r\n\r\n", nil),
    ChunkRow("0\r\n A: b\r\n\r\n", nil),
    ChunkRow("0\r\nA\r\n\r\n", nil),
    ChunkRow("0\r\nA: b\n\r\n", nil),
    ChunkRow("0\r\nA: b\rC: d\r\n\r\n", nil),
    ChunkRow("0\r\nA: \0\r\n\r\n", nil),
    ChunkRow("0\n\r\n", nil),
    ChunkRow("0\r\n\n", nil),
    ChunkRow("0\r\n\rx", nil),
    ChunkRow("1;" + String(repeating: "a", count: 1100), nil),
    ChunkRow("0\r\nA: " + String(repeating: "a", count: 9000), nil),
]

@Suite("Chunked bodies", .timeLimit(.minutes(5)))
struct ChunkDecoderTests {
    @Test("the table, in pieces of any size", arguments: chunkTable) func table(_ row: ChunkRow) {
        let bytes = Array(row.text.utf8)
        for step in [1, 2, 3, 7, Int.max] {
            let decoded = decodeChunks(bytes + Array("GET".utf8), step: step)
            if let content = row.content {
                #expect(decoded.error == nil)
                #expect(decoded.content == Array(content.utf8))
                #expect(decoded.end == bytes.count)
            } else {
                #expect(decoded.error != nil)
            }
        }
    }

    @Test("trailers are the same in pieces of any size") func trailers() {
        let bytes = Array("1\r\na\r\n0;x=y\r\nX-Sum: a:b \r\nB:\r\nc:\t\td\r\n\r\nGET".utf8)
        for step in 1...bytes.count {
            let decoded = decodeChunks(bytes, step: step)
            #expect(decoded.trailers == ["X-Sum", "a:b", "B", "", "c", "d"] && decoded.error == nil)
            #expect(decoded.end == bytes.count - 3)
        }
        let none = decodeChunks(Array("0\r\n\r\n".utf8), step: 1)
        #expect(none.trailers.isEmpty && none.end == 5 && none.error == nil)
        let bad = decodeChunks(Array("0\r\nA: b\r\nhost: c\r\n\r\n".utf8), step: 4)
        #expect(bad.error?.description == "field not allowed in a trailer")
    }

    @Test("where trailers lie is told of the bytes of the last call alone") func trailersOfTheLastCall() {
        var decoder = HTTPChunkDecoder()
        _ = decoder.next(Array("0\r\nA".utf8).span.bytes)
        #expect(decoder.trailerBytes == 3..<4)
        guard case .bad = decoder.next([0x0C].span.bytes) else {
            Issue.record("a control in a trailer's name")
            return
        }
        #expect(decoder.trailerBytes == 0..<0)
    }

    @Test("extensions are bounded over all chunks, but for those that content pays for") func extensions() {
        func chunks(_ size: Int, _ count: Int) -> String {
            let line = String(size, radix: 16) + ";" + String(repeating: "a", count: 1000) + "\r\n"
            return String(repeating: line + String(repeating: "x", count: size) + "\r\n", count: count)
        }
        let table = [
            (chunks(1, 16), 16), (chunks(1, 17), nil), (chunks(1002, 100), 100_200),
            // What has paid cannot be saved up, and pays for what went before.
            (chunks(50_000, 1) + chunks(1, 17), nil), (chunks(1, 15) + chunks(50_000, 1) + chunks(1, 16), 50_031),
        ]
        for (text, count) in table {
            for step in [7, 1000, Int.max] {
                let decoded = decodeChunks(Array((text + "0;end\r\n\r\n").utf8), step: step)
                if let count {
                    #expect(decoded.error == nil && decoded.content.count == count)
                } else {
                    #expect(decoded.error?.description == "chunk extensions too large")
                    #expect(decoded.error?.status == .badRequest)
                }
            }
        }
    }

    @Test("no prefix is taken for whole", arguments: chunkTable.filter { $0.content != nil })
    func prefixes(_ row: ChunkRow) {
        let bytes = Array(row.text.utf8)
        for count in 0..<bytes.count {
            let decoded = decodeChunks(Array(bytes[..<count]), step: .max)
            #expect(decoded.end == nil && decoded.error == nil)
        }
    }
}

@Suite("Heads and dates", .timeLimit(.minutes(5)))
struct HeadTests {
    @Test("what a head says") func meaning() {
        let text =
            "POST http://h:1/p?q HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, CLOSE\r\nUPGRADE: a\r\n"
            + "Expect: 100-continue\r\nContent-Length: 12\r\nX-Y:  z \r\n\r\n"
        let bytes = Array(text.utf8)
        var head = HTTPRequestHead()
        #expect(head.parse(bytes.span.bytes) == .done(consumed: bytes.count))
        #expect(head.method == .post && head.version == .http11 && head.isAbsoluteForm)
        #expect(head.contentLength == 12 && head.hasBody && !head.isChunked)
        #expect(!head.keepsAlive && head.offersUpgrade && head.expectsContinue)
        #expect(head.fieldCount == 6)
        let index = head.index(of: "x-y", in: bytes.span.bytes)
        #expect(index == 5)
        #expect(String(bytes: head.value(at: 5, in: bytes.span.bytes)) == "z")
    }

    @Test(
        "who keeps the connection",
        arguments: [
            ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.0", "", false),
            ("1.0", "Connection: keep-alive\r\n", true), ("1.0", "Connection: Keep-Alive, CLOSE\r\n", false),
            ("1.1", "Connection: a\r\nConnection: close\r\n", false),
        ])
    func keepAlive(version: String, field: String, expected: Bool) {
        let bytes = Array("GET / HTTP/\(version)\r\nHost: a\r\n\(field)\r\n".utf8)
        var head = HTTPRequestHead()
        #expect(head.parse(bytes.span.bytes) == .done(consumed: bytes.count))
        #expect(head.keepsAlive == expected)
    }

    @Test("methods are told by their letters") func methods() {
        for method in [HTTPMethod.get, .head, .post, .put, .delete, .options, .patch, .trace] {
            let bytes = Array("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            var head = HTTPRequestHead()
            #expect(head.parse(bytes.span.bytes) == .done(consumed: bytes.count))
            #expect(head.method == method)
        }
    }

    @Test("dates") func dates() {
        var date = HTTPDate()
        date.update(784_111_777)
        #expect(date.value == "Sun, 06 Nov 1994 08:49:37 GMT")
        date.update(951_827_696)
        #expect(date.value == "Tue, 29 Feb 2000 12:34:56 GMT")
        date.update(0)
        #expect(date.value == "Thu, 01 Jan 1970 00:00:00 GMT")
        date.update(1_735_689_599)
        #expect(date.value == "Tue, 31 Dec 2024 23:59:59 GMT")
    }
}
