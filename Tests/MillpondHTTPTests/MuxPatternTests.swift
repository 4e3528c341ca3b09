import Testing

@testable import MillpondHTTP

@Suite("Mux patterns", .timeLimit(.minutes(5)))
struct MuxPatternTests {
    @Test func theirParts() throws {
        let pattern = try MuxPattern("POST  Example.COM/a%2Fb/{id}/c/{rest...}")
        #expect(pattern.method == "POST" && pattern.host == "example.com")
        #expect(
            pattern.segments == [
                .literal(Array("a/b".utf8)), .wildcard("id"), .literal(Array("c".utf8)), .rest("rest"),
            ])
        #expect(
            pattern.captures == [
                .init(name: "id", segment: 1, isRest: false), .init(name: "rest", segment: 3, isRest: true),
            ])
        #expect(pattern.pathText == "/a%2Fb/{id}/c/{rest...}")
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let segments: [MuxPattern.Segment]

        init(_ text: String, _ segments: MuxPattern.Segment...) {
            self.text = text
            self.segments = segments
        }

        var testDescription: String { text }
    }

    static func literal(_ text: String) -> MuxPattern.Segment { .literal(Array(text.utf8)) }

    static let good = [
        Row("/", .rest("")),
        Row("/{$}", .end),
        Row("/a", literal("a")),
        Row("/a/", literal("a"), .rest("")),
        Row("/a/{$}", literal("a"), .end),
        Row("/{x...}", .rest("x")),
        Row("/{_x9}", .wildcard("_x9")),
        Row("/a/{größe}/b", literal("a"), .wildcard("größe"), literal("b")),
        Row("/wörter", literal("wörter")),
        Row("/%61%2f", literal("a/")),
        Row("/a.b/..c/...", literal("a.b"), literal("..c"), literal("...")),
        Row("/$", literal("$")),
        Row("[::1]/", .rest("")),
        Row("CONNECT /", .rest("")),
    ]

    @Test(arguments: good) func wellFormed(_ row: Row) throws {
        #expect(try MuxPattern(row.text).segments == row.segments)
    }

    static let bad: [(String, ServeMuxError.Code)] = [
        ("", .empty), ("GET ", .empty), (" /", .method), ("G(T /", .method), ("GET", .missingPath),
        ("GET a.com", .missingPath), ("a b c/", .host), ("{x}.com/", .host), ("a.com:80/", .host), ("a,b/", .host),
        ("[::1/", .host), ("a%41/", .host), ("//", .uncleanPath), ("/a//b", .uncleanPath), ("/./a", .uncleanPath),
        ("/a/..", .uncleanPath), ("/%4", .escape), ("/%zz", .escape), ("/a{x}", .partialWildcard),
        ("/{x}a", .partialWildcard), ("/{x", .partialWildcard), ("/x}", .partialWildcard), ("/{}", .wildcardName),
        ("/{...}", .wildcardName), ("/{1a}", .wildcardName), ("/{a-b}", .wildcardName), ("/{a.b}", .wildcardName),
        ("/{x}/{x}", .duplicateWildcard), ("/{x}/{x...}", .duplicateWildcard), ("/{$}/", .endNotLast),
        ("/{$}/a", .endNotLast), ("/{x...}/", .restNotLast), ("/{x...}/a", .restNotLast), ("/{$...}", .wildcardName),
    ]

    @Test(arguments: bad) func malformed(_ text: String, _ code: ServeMuxError.Code) {
        let error = #expect(throws: ServeMuxError.self) { try MuxPattern(text) }
        #expect(error?.code == code)
        #expect(error?.pattern == text && error?.description.contains("\"\(text)\"") == true)
    }
}

extension MuxPatternTests {
    @Test func aHostMayLookLikeAMethod() throws {
        // No blank: it is a host.
        #expect(try MuxPattern("get/a").host == "get")
    }
}
