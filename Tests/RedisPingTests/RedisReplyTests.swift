import MillpondIO
import Testing

@testable import redis_ping

/// Replies of the protocol, good and bad, whole and in pieces of a byte.
@Suite("RESP replies", .timeLimit(.minutes(5)))
struct RedisReplyTests {
    static func read(_ text: String, pieces: Int) async throws -> RedisReply {
        var reader = BufferedReader(ChunkingSource(MemorySource(utf8: text), sizes: 1...pieces, seed: 1))
        return try await RedisReply.read(from: &reader)
    }

    static let good: [(String, RedisReply)] = [
        ("+PONG\r\n", .simple("PONG")),
        ("+\r\n", .simple("")),
        ("+\u{301}a accent first\r\n", .simple("\u{301}a accent first")),
        ("-ERR unknown command 'x'\r\n", .error("ERR unknown command 'x'")),
        (":0\r\n", .integer(0)),
        (":-42\r\n", .integer(-42)),
        (":+7\r\n", .integer(7)),
        (":9223372036854775807\r\n", .integer(.max)),
        ("$0\r\n\r\n", .bulk("")),
        ("$5\r\nhello\r\n", .bulk("hello")),
        ("$4\r\na\r\nb\r\n", .bulk("a\r\nb")),
        ("$6\r\nn\u{ef}\u{e9}x\r\n", .bulk("n\u{ef}\u{e9}x")),
        ("$-1\r\n", .null),
        ("*-1\r\n", .null),
        ("*0\r\n", .array([])),
        ("*3\r\n:1\r\n$-1\r\n-no\r\n", .array([.integer(1), .null, .error("no")])),
        ("*2\r\n*1\r\n+a\r\n*0\r\n", .array([.array([.simple("a")]), .array([])])),
        (nested(8), (0..<8).reduce(.integer(1)) { reply, _ in .array([reply]) }),
    ]

    static func nested(_ depth: Int) -> String { String(repeating: "*1\r\n", count: depth) + ":1\r\n" }

    @Test("are read as what they are", arguments: good, [1, 3, 4096])
    func replies(sample: (text: String, reply: RedisReply), pieces: Int) async throws {
        #expect(try await Self.read(sample.text, pieces: pieces) == sample.reply)
    }

    @Test("that follow one another leave nothing behind")
    func sequence() async throws {
        let text = Self.good.map(\.0).joined()
        var reader = BufferedReader(ChunkingSource(MemorySource(utf8: text), sizes: 1...5, seed: 2))
        for (_, reply) in Self.good { #expect(try await RedisReply.read(from: &reader) == reply) }
        let left = reader.bufferedCount
        #expect(left == 0)
    }

    /// The text, and the line or value that the error is to name.
    static let bad: [(String, String)] = [
        ("\r\n", ""),
        ("PONG\r\n", "PONG"),
        ("?5\r\n", "?5"),
        (":\r\n", ":"),
        (":1.5\r\n", ":1.5"),
        (": 1\r\n", ": 1"),
        (":9223372036854775808\r\n", ":9223372036854775808"),
        ("$\r\n", "$"),
        ("$-2\r\n", "$-2"),
        ("$five\r\n", "$five"),
        ("$1048577\r\n", "$1048577"),
        ("$5\r\nhello!!", "hello"),
        ("$2\r\nhello\r\n", "he"),
        ("*-2\r\n", "*-2"),
        ("*1025\r\n", "*1025"),
        ("*1\r\n!\r\n", "!"),
        (nested(9), "*1"),
    ]

    @Test("that are malformed are refused, and named", arguments: bad, [1, 4096])
    func malformed(sample: (text: String, named: String), pieces: Int) async {
        let error = await #expect(throws: RedisReply.Malformed.self) {
            try await Self.read(sample.text, pieces: pieces)
        }
        #expect(error?.line == sample.named)
    }

    @Test(
        "that end early are an error of the connection",
        arguments: ["+PO", "$5\r\nhel", "$5\r\nhello\r", "*2\r\n:1\r\n"])
    func truncated(text: String) async {
        await #expect(throws: IOError.self) { try await Self.read(text, pieces: 4096) }
    }

    @Test("with a line beyond the bound are refused")
    func longLine() async {
        let line = "+" + String(repeating: "x", count: 5000) + "\r\n"
        await #expect(throws: IOError.self) { try await Self.read(line, pieces: 4096) }
    }
}
