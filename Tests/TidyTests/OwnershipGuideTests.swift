import Foundation
import Testing

/// The guide to ownership names every program that must not compile, says what the compiler says, and names tests that
/// there are.
@Suite(.timeLimit(.minutes(5))) struct OwnershipGuideTests {
    private static let guide = "Documentation/ownership.md"
    private static let snippets = Tree.files(under: "Tests/CompileFailures", extension: "swift")

    @Test func snippetsAreFound() {
        #expect(Self.snippets.count >= 21)
    }

    @Test(arguments: snippets)
    func everySnippetIsShownWithItsDiagnostic(_ path: String) throws {
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        let row = try #require(Tree.text(Self.guide)).split(separator: "\n").first { $0.contains("[\(name)](") }
        let shown = try #require(row, "\(path) is not in \(Self.guide)")
        let expected = try #require(Tree.text(path)).split(separator: "\n").compactMap { line in
            line.range(of: "// expect: ").map { String(line[$0.upperBound...]) }
        }
        #expect(!expected.isEmpty)
        for words in expected { #expect(shown.contains(words), "\(Self.guide): \(name): not what the compiler says") }
    }

    @Test func theTestsItNamesExist() throws {
        let text = try #require(Tree.text(Self.guide)).replacing(/\s+/, with: " ")
        // "A test", `another` and `athird` in [File.swift](../Tests/File.swift).
        let name = /(?:"([^"]+)"|`([a-z]\w+)`)(?=[^.;\[\]]* in \[[^\]]+\]\(\.\.\/([^)]+)\))/
        let named = text.matches(of: name)
        #expect(named.count >= 20)
        for match in named {
            let test = match.output.1.map { "@Test(\"\($0)\"" } ?? "func \(match.output.2 ?? "")("
            let file = String(match.output.3)
            #expect(Tree.text(file)?.contains(test) == true, "\(file) has no test \(test)")
        }
    }
}
