import Foundation

/// The rules, as functions from a source to what breaks them.
enum Rules {
    /// The targets in the order in which they may import: each sees only those before it.
    static let layers = [
        "CMillpond", "MillpondPools", "MillpondIO", "MillpondNet", "CMillpondZlib", "MillpondHTTP",
        "MillpondWebSocket", "MillpondChat", "millpond",
    ]

    /// The layers that run on the reactor's thread and must neither leave it nor allocate behind our back.
    static let core: Set = ["MillpondPools", "MillpondIO", "MillpondNet", "MillpondHTTP", "MillpondWebSocket"]

    /// What the core may import beside the layers above it.
    static let coreImports: Set = ["Glibc", "Synchronization"]

    /// What each adapter to another library may import; nothing imports an adapter.
    static let adapters: [String: Set<String>] = [
        "MillpondNIO": ["MillpondPools", "MillpondIO", "NIOCore", "Synchronization"],
        "MillpondHTTPTypes": ["MillpondHTTP", "HTTPTypes"],
        "MillpondJSON": ["MillpondIO", "MillpondHTTP", "FoundationEssentials"],
        "MillpondServiceLifecycle": ["MillpondNet", "MillpondHTTP", "ServiceLifecycle"],
        "MillpondHTTPObservability": ["MillpondHTTP", "Logging", "CoreMetrics", "Tracing", "Synchronization"],
    ]

    private static let bannedInCore = [
        ("Task {", "leaves the reactor: use a task with an executor preference"),
        ("Task.detached", "leaves the reactor"),
        ("Task.sleep", "starts other threads: use the reactor's timers"),
        ("withCheckedContinuation", "allocates: use the unsafe one"),
        ("withCheckedThrowingContinuation", "allocates: use the unsafe one"),
    ]
    private static let bannedInSources = [("try!", "handle the error")]
    private static let bannedInLibraries = [("print(", "a library does not print"), ("debugPrint(", "left over")]
    private static let leftovers = ["TODO", "FIXME", "XXX"]

    static func bannedCalls(in file: SourceFile) -> [Finding] {
        guard file.path.hasPrefix("Sources/"), let target = file.target else { return [] }
        var banned = bannedInSources
        if core.contains(target) { banned += bannedInCore }
        if target != "millpond" { banned += bannedInLibraries }
        return findings(in: file) { line in
            for (call, reason) in banned where containsWord(call, in: line.code) {
                return "`\(call)`: \(reason)"
            }
            return nil
        }
    }

    static func leftovers(in file: SourceFile) -> [Finding] {
        findings(in: file) { line in
            for word in leftovers where containsWord(word, in: line.comment) || containsWord(word, in: line.code) {
                return "\(word) left over"
            }
            return nil
        }
    }

    static func shape(of file: SourceFile) -> [Finding] {
        var found = findings(in: file) { line in
            // swift format breaks what it can; this counts what it cannot.
            line.whole.count > 120 ? "\(line.whole.count) columns, at most 120" : nil
        }
        if file.lines.count > 400 {
            found.append(Finding(path: file.path, line: 400, message: "\(file.lines.count) lines, at most 400"))
        }
        return found
    }

    static func imports(in file: SourceFile) -> [Finding] {
        guard file.path.hasPrefix("Sources/"), let target = file.target else { return [] }
        if let allowed = adapters[target] {
            return findings(in: file) { line in
                guard let module = importedModule(line.code), !allowed.contains(module) else { return nil }
                return "\(target) must not import \(module)"
            }
        }
        guard let rank = layers.firstIndex(of: target) else { return [] }
        return findings(in: file) { line in
            guard let module = importedModule(line.code) else { return nil }
            if adapters[module] != nil { return "no layer imports an adapter, \(module)" }
            if let other = layers.firstIndex(of: module) {
                return other < rank ? nil : "\(target) must not import \(module), a layer below it"
            }
            return core.contains(target) && !coreImports.contains(module)
                ? "the core imports nothing but the standard library and Glibc, not \(module)" : nil
        }
    }

    /// Every promise the compiler takes on trust says, right there, why it holds.
    static func unexplainedPromises(in file: SourceFile) -> [Finding] {
        var found: [Finding] = []
        for (index, line) in file.lines.enumerated() {
            guard let promise = ["@unchecked Sendable", "nonisolated(unsafe)"].first(where: line.code.contains)
            else { continue }
            if !explains(commentBeside(index, in: file)) {
                found.append(
                    Finding(
                        path: file.path, line: index + 1,
                        message: "`\(promise)` without a comment beside it that says why it is sound"))
            }
        }
        return found
    }

    /// A test that hangs fails, and the others run.
    static func unlimitedSuites(in file: SourceFile) -> [Finding] {
        let suites = file.lines.indices.filter { containsWord("@Suite", in: file.lines[$0].code) }
        let limits = file.lines.filter { $0.code.contains(".timeLimit(") }
        guard let first = suites.first, limits.count < suites.count else { return [] }
        return [Finding(path: file.path, line: first + 1, message: "a suite without `.timeLimit`")]
    }

    // MARK: - Helpers

    static func importedModule(_ code: String) -> String? {
        let words = code.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import"), keyword < 3, keyword + 1 < words.count,
            words[..<keyword].allSatisfy({
                ["public", "package", "internal", "private"].contains($0) || $0.first == "@"
            })
        else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "func", "var", "protocol", "typealias"]
        var module = words[keyword + 1]
        if kinds.contains(module), keyword + 2 < words.count { module = words[keyword + 2] }
        return module.split(separator: ".").first.map(String.init)
    }

    /// The comment on the line itself and the one directly above it, attributes between them skipped.
    private static func commentBeside(_ index: Int, in file: SourceFile) -> String {
        var text = file.lines[index].comment
        var above = index - 1
        while above >= 0 {
            let code = file.lines[above].code.trimmingCharacters(in: .whitespaces)
            let comment = file.lines[above].comment
            guard code.isEmpty ? !comment.isEmpty : code.hasPrefix("@") else { break }
            text += comment
            above -= 1
        }
        return text
    }

    private static func explains(_ comment: String) -> Bool {
        let reasons = [
            "Sendable", "safe", "sound", "thread", "lock", "atomic", "reactor", "owner", "immutable", "exclusive",
            "unique",
        ]
        return reasons.contains { comment.range(of: $0, options: .caseInsensitive) != nil }
    }

    private static func findings(in file: SourceFile, _ check: (SourceFile.Line) -> String?) -> [Finding] {
        file.lines.enumerated().compactMap { index, line in
            check(line).map { Finding(path: file.path, line: index + 1, message: $0) }
        }
    }

    /// Whether a text stands in another and does not continue a longer name.
    private static func containsWord(_ word: String, in text: String) -> Bool {
        var rest = text[...]
        while let range = rest.range(of: word) {
            let before = range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
            let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
            let continues = { (c: Character?) in c.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false }
            if !continues(before), !(continues(after) && word.last?.isLetter == true) { return true }
            rest = text[range.upperBound...]
        }
        return false
    }
}
