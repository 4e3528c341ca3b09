import Testing

@testable import MillpondHTTP

@Suite("Mux: which pattern wins, and which can't stand together", .timeLimit(.minutes(5)))
struct MuxConflictTests {
    typealias Relation = MuxPattern.Relation

    static let rows: [(String, String, Relation)] = [
        ("/a", "/a", .same), ("/a", "/b", .disjoint), ("/a", "/a/b", .disjoint), ("/a", "/a/", .disjoint),
        ("/a/", "/", .moreSpecific), ("/a/b", "/a/", .moreSpecific), ("/a/{$}", "/a/", .moreSpecific),
        ("/a/{$}", "/a/{x}", .disjoint), ("/a/{$}", "/a/b", .disjoint), ("/a/{$}", "/a/{x...}", .moreSpecific),
        ("/{x}", "/{y}", .same), ("/{x}", "/a", .moreGeneral), ("/{x}", "/{y...}", .moreSpecific),
        ("/{x...}", "/", .same), ("/a/{x}", "/{y}/b", .overlapping), ("/a/{x}", "/{y}/b/", .disjoint),
        ("/a/", "/{x}/b", .overlapping), ("/a/{x}/", "/{y}/b", .disjoint), ("/{x}/", "/a/", .moreGeneral),
        ("/{x}/b/{z}", "/a/{y}/c", .overlapping), ("/{x}/b/{$}", "/a/{y...}", .overlapping),
        ("/a%2Fb", "/a/b", .disjoint), ("/%61", "/a", .same), ("/{$}", "/%2F", .disjoint), ("/A", "/a", .disjoint),
    ]

    @Test(arguments: rows) func paths(_ one: String, _ other: String, _ relation: Relation) throws {
        let (first, second) = (try MuxPattern(one), try MuxPattern(other))
        #expect(first.relationOfPaths(to: second) == relation)
        let opposite: Relation =
            switch relation {
            case .moreGeneral: .moreSpecific
            case .moreSpecific: .moreGeneral
            default: relation
            }
        #expect(second.relationOfPaths(to: first) == opposite)
    }

    static let methodRows: [(String, String, Relation)] = [
        ("/", "/", .same), ("/", "GET /", .moreGeneral), ("GET /", "HEAD /", .moreGeneral),
        ("HEAD /", "GET /", .moreSpecific), ("GET /", "POST /", .disjoint), ("get /", "GET /", .disjoint),
        ("POST /", "/", .moreSpecific), ("BREW /", "BREW /", .same),
    ]

    @Test(arguments: methodRows) func methods(_ one: String, _ other: String, _ relation: Relation) throws {
        #expect(try MuxPattern(one).relationOfMethods(to: try MuxPattern(other)) == relation)
    }

    /// Patterns that stand together in any order, and pairs that do not in either.
    static let pairs: [(String, String, conflicts: Bool)] = [
        ("/a", "/b", false), ("/a", "/a", true), ("/{x}", "/{y}", true), ("/", "/{x...}", true),
        ("GET /a", "POST /a", false), ("GET /a", "/a", false), ("GET /a", "HEAD /a", false),
        ("GET /", "/a", true), ("GET /a/", "/a/b", true), ("HEAD /", "GET /a", true), ("GET /", "HEAD /a", false),
        ("POST /", "GET /a", false), ("/a/{x}", "/{y}/b", true), ("GET /a/{x}", "POST /{y}/b", false),
        ("a.com/", "/a", false), ("a.com/{x}", "b.com/{y}", false), ("a.com/{x}", "A.COM/{y}", true),
        ("a.com/a/{x}", "/{y}/b", false), ("a.com/a/{x}", "a.com/{y}/b", true),
    ]

    @Test(arguments: pairs) func registration(_ one: String, _ other: String, conflicts: Bool) throws {
        for (first, second) in [(one, other), (other, one)] {
            var mux = ServeMux()
            try mux.handle(first) { _, _ in }
            guard conflicts else {
                try mux.handle(second) { _, _ in }
                continue
            }
            let error = #expect(throws: ServeMuxError.self) { try mux.handle(second) { _, _ in } }
            #expect(error?.code == .conflict && error?.pattern == second && error?.other == first)
            #expect(error?.description.contains(first) == true && error?.description.contains(second) == true)
            #expect(mux.patterns == [first])
        }
    }

    @Test func whatTheErrorSays() throws {
        func text(_ one: String, _ other: String) throws -> String {
            var mux = ServeMux()
            try mux.handle(one) { _, _ in }
            return try #require(throws: ServeMuxError.self) { try mux.handle(other) { _, _ in } }.description
        }
        #expect(try text("/a/{x}", "/a/{y}").hasSuffix("it matches the same requests as \"/a/{x}\""))
        #expect(try text("/a/{x}", "/{y}/b").contains("both match \"/a/b\", and neither path is more specific"))
        #expect(try text("/a/{x...}", "/{y}/b/{$}").contains("\"/a/b/\""))
        let methods = try text("GET /", "/a/b")
        #expect(methods.contains("\"GET /\" matches fewer methods than \"/a/b\"") && methods.contains("\"/a/b\""))
    }

    /// The relation of two patterns is that of the sets of paths that they match.
    @Test func relationsAgreeWithSets() throws {
        let patterns = try MuxModel.patterns(literals: ["a", "b"], depth: 3).map { try MuxPattern($0) }
        // One letter and one level more than the patterns have, so that each difference shows.
        let paths = MuxModel.paths(letters: ["a", "b", "c"], depth: 4)
        let sets = patterns.map { pattern in
            Set(paths.indices.filter { MuxModel.matches(pattern, path: paths[$0]) })
        }
        var counts: [Relation: Int] = [:]
        for (one, first) in zip(patterns, sets) {
            for (other, second) in zip(patterns, sets) {
                let expected: Relation
                if first == second {
                    expected = .same
                } else if first.isDisjoint(with: second) {
                    expected = .disjoint
                } else if first.isSuperset(of: second) {
                    expected = .moreGeneral
                } else {
                    expected = first.isSubset(of: second) ? .moreSpecific : .overlapping
                }
                counts[expected, default: 0] += 1
                let relation = one.relationOfPaths(to: other)
                if relation != expected { Issue.record("\(one.text) is \(relation) to \(other.text), not \(expected)") }
                if expected != .disjoint {
                    let common = one.commonPath(with: other)
                    let isCommon = MuxModel.matches(one, path: common) && MuxModel.matches(other, path: common)
                    if !isCommon { Issue.record("\(common) is not matched by both \(one.text) and \(other.text)") }
                }
            }
        }
        // Each kind was met.
        #expect(counts.count == 5 && counts.values.allSatisfy { $0 > 100 })
    }
}
