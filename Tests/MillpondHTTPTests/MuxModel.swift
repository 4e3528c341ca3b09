@testable import MillpondHTTP

/// Matching by the rules as they are written, without a tree: what the mux is compared with.
enum MuxModel {
    /// Whether a pattern's segments match a clean path without escapes.
    static func matches(_ pattern: MuxPattern, path: String) -> Bool {
        var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)[...]
        for segment in pattern.segments {
            guard let next = segments.popFirst() else { return false }
            switch segment {
            case .literal(let bytes): if next != String(decoding: bytes, as: UTF8.self) { return false }
            case .wildcard: if next.isEmpty { return false }
            case .end: if !next.isEmpty { return false }
            case .rest: return true
            }
        }
        return segments.isEmpty
    }

    static func matches(_ pattern: MuxPattern, method: String) -> Bool {
        pattern.method.isEmpty || pattern.method == method || (pattern.method == "GET" && method == "HEAD")
    }

    /// The most specific of the patterns that match; nil when none does.
    static func winner(of patterns: [MuxPattern], host: String, method: String, path: String) -> MuxPattern? {
        for wanted in [host, ""] {
            let matching = patterns.filter {
                $0.host == wanted && matches($0, method: method) && matches($0, path: path)
            }
            if matching.isEmpty { continue }
            return matching.first { candidate in
                matching.allSatisfy { other in
                    let relation = candidate.relationOfMethods(to: other).and(candidate.relationOfPaths(to: other))
                    return relation == .same || relation == .moreSpecific
                }
            }
        }
        return nil
    }

    /// All paths of up to so many segments of the letters, with and without a slash at the end.
    static func paths(letters: [String], depth: Int) -> [String] {
        var paths = ["/"]
        var level = [""]
        for _ in 0..<depth {
            level = level.flatMap { prefix in letters.map { "\(prefix)/\($0)" } }
            paths += level + level.map { $0 + "/" }
        }
        return paths
    }

    /// All patterns of up to so many literals and wildcards, with every ending.
    static func patterns(literals: [String], depth: Int) -> [String] {
        var patterns = ["/", "/{$}", "/{rest...}"]
        var level = [""]
        for position in 0..<depth {
            level = level.flatMap { prefix in (literals + ["{w\(position)}"]).map { "\(prefix)/\($0)" } }
            patterns += level.flatMap { [$0, $0 + "/", $0 + "/{$}", $0 + "/{rest...}"] }
        }
        return patterns
    }
}

extension MuxTable {
    /// A lookup for texts.
    func outcome(_ method: String, host: String = "", _ path: String) -> Outcome {
        outcome(host: host.utf8.span.bytes, method: method.utf8.span.bytes, path: path.utf8.span.bytes)
    }

    /// The pattern that a lookup led to; what else came of it, in words.
    func answer(_ method: String, host: String = "", _ path: String) -> String {
        switch outcome(method, host: host, path) {
        case .route(let index): patterns[Int(index)].text
        case .redirect(let location): "-> \(location)"
        case .malformed: "400"
        case .wholeServer: "200"
        case .tunnel: "501"
        case .notAllowed(let methods): "405 \(methods)"
        case .notFound: "404"
        }
    }

    convenience init(patterns: [String]) throws {
        var mux = ServeMux()
        for pattern in patterns { try mux.handle(pattern) { _, _ in } }
        self.init(mux.routes)
    }
}
