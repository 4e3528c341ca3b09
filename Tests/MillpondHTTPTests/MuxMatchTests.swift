import MillpondIO
import Testing

@testable import MillpondHTTP

@Suite("Mux: lookups", .timeLimit(.minutes(5)))
struct MuxMatchTests {
    /// Patterns, then requests and where they lead.
    static let table: [([String], [(String, String, String)])] = [
        (
            ["/", "/a/", "/a/b", "/a/{x}", "/a/{x}/c", "/a/b/d", "/z/{$}"],
            [
                ("GET", "/", "/"), ("GET", "/b", "/"), ("GET", "/a", "-> /a/"), ("GET", "/a/", "/a/"),
                ("GET", "/a/b", "/a/b"), ("GET", "/a/q", "/a/{x}"), ("GET", "/a/b/c", "/a/{x}/c"),
                ("GET", "/a/b/d", "/a/b/d"), ("GET", "/a/q/d", "/a/"), ("GET", "/a/b/", "/a/"),
                ("GET", "/z", "-> /z/"), ("GET", "/z/", "/z/{$}"), ("GET", "/z/y", "/"), ("BREW", "/a/b", "/a/b"),
            ]
        ),
        (
            ["GET /i", "POST /i", "HEAD /h", "GET /h", "/any", "PUT /any", "DELETE /i/", "BREW /pot"],
            [
                ("GET", "/i", "GET /i"), ("HEAD", "/i", "GET /i"), ("POST", "/i", "POST /i"),
                ("PUT", "/i", "405 DELETE, GET, HEAD, POST"), ("HEAD", "/h", "HEAD /h"), ("GET", "/h", "GET /h"),
                ("PUT", "/any", "PUT /any"), ("GET", "/any", "/any"), ("DELETE", "/i", "-> /i/"),
                ("GET", "/i/", "405 DELETE"), ("BREW", "/pot", "BREW /pot"), ("brew", "/pot", "405 BREW"),
                ("GET", "/pot", "405 BREW"), ("GET", "/none", "404"), ("get", "/i", "405 DELETE, GET, HEAD, POST"),
            ]
        ),
        (
            ["/a%2Fb", "/a/b", "/wörter/{w}", "/{$}", "/f/{p...}"],
            [
                ("GET", "/a%2Fb", "/a%2Fb"), ("GET", "/a%2fb", "/a%2Fb"), ("GET", "/%61%2Fb", "/a%2Fb"),
                ("GET", "/a/b", "/a/b"), ("GET", "/%61/%62", "/a/b"), ("GET", "/w%C3%B6rter/x", "/wörter/{w}"),
                ("GET", "/%2F", "404"), ("GET", "/", "/{$}"), ("GET", "/f/x%2Fy/z", "/f/{p...}"),
                ("GET", "/f", "-> /f/"), ("GET", "/f/", "/f/{p...}"), ("GET", "/a%2", "400"), ("GET", "/%zz/b", "400"),
            ]
        ),
        (
            ["/", "/{x}/", "/dir/{$}"],
            [
                ("GET", "//", "-> /"), ("GET", "/a/../b/", "-> /b/"), ("GET", "/a/..", "-> /"),
                ("GET", "/../../x", "-> /x/"), ("GET", "/a/./b", "-> /a/b"), ("GET", "/a/.", "-> /a/"),
                ("GET", "/a//", "-> /a/"), ("GET", "/x", "-> /x/"), ("GET", "/...", "-> /.../"),
                ("GET", "/a/%2e%2e/b", "/{x}/"), ("GET", "/dir//", "-> /dir/"),
                // No browser is to take it for another host.
                ("GET", "/\\evil.com", "-> /%5Cevil.com/"), ("GET", "//evil.com", "-> /evil.com/"),
                ("GET", "/%5Cevil.com", "-> /%5Cevil.com/"), ("GET", "/a/..//evil.com/%2e", "-> /evil.com/%2e"),
                ("GET", "/<x>", "-> /%3Cx%3E/"), ("OPTIONS", "*", "200"),
            ]
        ),
        (
            ["/only/{x}", "/only/b/{y}/d"],
            [
                ("GET", "/only/b", "/only/{x}"), ("GET", "/only/b/c", "404"), ("GET", "/only/b/c/d", "/only/b/{y}/d"),
                ("GET", "/only/", "404"), ("GET", "/only", "404"), ("GET", "/only/b/", "404"),
            ]
        ),
    ]

    @Test(arguments: table.indices) func rows(_ index: Int) throws {
        let (patterns, requests) = Self.table[index]
        for order in [patterns, patterns.reversed()] {
            let table = try MuxTable(patterns: order)
            for (method, path, expected) in requests {
                #expect(table.answer(method, path) == expected, "\(method) \(path)")
            }
        }
    }

    @Test func hosts() throws {
        let table = try MuxTable(patterns: [
            "/", "/a", "Example.com/a", "GET example.com/b", "[::1]/a", "other.org/",
        ])
        let rows = [
            ("example.com", "/a", "Example.com/a"), ("EXAMPLE.com:8080", "/a", "Example.com/a"),
            ("example.com", "/c", "/"), ("example.com.", "/a", "/a"), ("[::1]:80", "/a", "[::1]/a"),
            ("[::1]", "/a", "[::1]/a"), ("other.org", "/a", "other.org/"), ("", "/a", "/a"), ("x", "/a", "/a"),
            ("example.com", "/b", "GET example.com/b"),
        ]
        for (host, path, expected) in rows {
            #expect(table.answer("GET", host: host, path) == expected, "\(host)\(path)")
        }
        #expect(table.answer("POST", host: "example.com", "/b") == "/")
    }

    @Test func noPatterns() throws {
        let table = try MuxTable(patterns: [])
        #expect(table.answer("GET", host: "a", "/") == "404")
        #expect(table.answer("OPTIONS", "*") == "200")
    }

    /// For any mux that could be built, the tree finds what comparing with every pattern finds.
    @Test(arguments: 0..<30) func treesAgreeWithTheModel(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let all = MuxModel.patterns(literals: ["a", "b"], depth: 3)
        var mux = ServeMux()
        for _ in 0..<Int.random(in: 1...120, using: &random) {
            let method = ["", "", "GET ", "HEAD ", "POST "].randomElement(using: &random)!
            let host = ["", "", "h.org"].randomElement(using: &random)!
            // Those in conflict stay out.
            try? mux.handle(method + host + all.randomElement(using: &random)!) { _, _ in }
        }
        let table = MuxTable(mux.routes)
        let patterns = mux.routes.map(\.pattern)
        for path in MuxModel.paths(letters: ["a", "b", "c"], depth: 4) {
            for (host, method) in [("h.org", "GET"), ("", "HEAD"), ("x", "POST"), ("h.org", "PUT")] {
                let expected = MuxModel.winner(of: patterns, host: host, method: method, path: path)
                let match = table.tree.match(host, method, path)
                let found = match.route < 0 ? nil : table.patterns[Int(match.route)]
                if found != expected {
                    Issue.record("\(method) \(host)\(path): \(found?.text ?? "-"), not \(expected?.text ?? "-")")
                }
                // A slash in thought is one in deed.
                if path.hasSuffix("/") { continue }
                if table.tree.match(host, method, path, addsSlash: true) != table.tree.match(host, method, path + "/") {
                    Issue.record("\(method) \(host)\(path) with a slash")
                }
            }
        }
    }

    /// `Allow` names just the methods with which the path would have been served.
    @Test(arguments: 0..<20) func allowedMethodsAgreeWithTheModel(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let all = MuxModel.patterns(literals: ["a", "b"], depth: 2)
        let methods = ["GET", "HEAD", "POST", "PUT"]
        var mux = ServeMux()
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            try? mux.handle("\(methods.randomElement(using: &random)!) \(all.randomElement(using: &random)!)") { _, _ in
            }
        }
        let table = MuxTable(mux.routes)
        for path in MuxModel.paths(letters: ["a", "b", "c"], depth: 3) {
            let allowed = methods.filter { method in
                switch table.outcome(method, path) {
                case .route, .redirect: true
                default: false
                }
            }
            let expected = allowed.isEmpty ? "404" : "405 \(allowed.joined(separator: ", "))"
            #expect(table.answer("BREW", path) == expected, "\(path)")
        }
    }

    /// The index that registration uses leaves out no pattern with a path in common, and names no other.
    @Test(arguments: 0..<5) func candidatesAgreeWithTheRelation(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let all = try MuxModel.patterns(literals: ["a", "b"], depth: 3).map { try MuxPattern($0) }
        let some = all.shuffled(using: &random).prefix(60)
        var index = MuxIndex()
        for (route, pattern) in some.enumerated() { index.add(pattern, route) }
        for pattern in all {
            let expected = some.indices.filter { some[$0].relationOfPaths(to: pattern) != .disjoint }
            #expect(index.candidates(for: pattern).sorted() == expected, "\(pattern.text)")
        }
    }

    @Test func manyLiterals() throws {
        let patterns = (0..<3000).map { "GET /items/kind\($0)/{id}" }
        let table = try MuxTable(patterns: patterns)
        for index in stride(from: 0, to: 3000, by: 7) {
            #expect(table.answer("GET", "/items/kind\(index)/1") == patterns[index])
        }
        #expect(table.answer("GET", "/items/kind3000/1") == "404")
    }

    static let cleaning = [
        ("/", "/"), ("//", "/"), ("/a", "/a"), ("/a/", "/a/"), ("/a//b", "/a/b"), ("/a/./b", "/a/b"), ("/a/../b", "/b"),
        ("/a/..", "/"), ("/a/.", "/a"), ("/a/./", "/a/"), ("/../a", "/a"), ("/a/b/../../../c/", "/c/"), ("/..", "/"),
        ("/.", "/"), ("/.a/b.", "/.a/b."), ("/..a", "/..a"), ("/a/b/..", "/a"),
    ]

    @Test(arguments: cleaning) func cleanPaths(_ path: String, _ expected: String) {
        let bytes = Array(path.utf8)
        #expect(String(decoding: bytes.withUnsafeBytes { MuxPath.cleaned($0) }, as: UTF8.self) == expected)
        #expect(MuxPath.needsCleaning(bytes) == (path != expected))
    }
}

extension MuxTree {
    fileprivate func match(_ host: String, _ method: String, _ path: String, addsSlash: Bool = false) -> Match {
        Array(host.utf8).withUnsafeBytes { host in
            Array(method.utf8).withUnsafeBytes { method in
                Array(path.utf8).withUnsafeBytes {
                    match(host: host, method: method, path: $0, addsSlash: addsSlash)
                }
            }
        }
    }
}
