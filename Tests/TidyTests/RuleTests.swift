import Testing

/// The rules find what they are there to find, and nothing else.
@Suite(.timeLimit(.minutes(5))) struct RuleTests {
    private func file(_ text: String, path: String = "Sources/MillpondIO/File.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test(arguments: ["Task { work() }", "await Task.sleep(for: .seconds(1))", "let x = try! f()", "print(\"x\")"])
    func bannedCallsAreFound(_ line: String) {
        #expect(Rules.bannedCalls(in: file(line)).count == 1)
    }

    @Test(arguments: [
        "// Task { stands in a comment", "let text = \"Task { in a string\"", "MyTask { }", "fingerprint(x)",
        "let text = \"a \\\" quote, print(\"", "/* print( */ work()",
    ])
    func harmlessLinesAreNot(_ line: String) {
        #expect(Rules.bannedCalls(in: file(line)).isEmpty)
    }

    @Test func multilineStringsAreNotCode() {
        #expect(Rules.bannedCalls(in: file("let text = \"\"\"\n  Task { \n  \"\"\"\nprint(1)")).map(\.line) == [4])
    }

    @Test func onlyTheCommandPrints() {
        #expect(Rules.bannedCalls(in: file("print(1)", path: "Sources/millpond/Main.swift")).isEmpty)
    }

    @Test(arguments: ["// TODO: later", "/// FIXME", "let XXX = 1"])
    func leftoversAreFound(_ line: String) {
        #expect(Rules.leftovers(in: file(line)).count == 1)
    }

    @Test(arguments: ["import MillpondNet", "public import struct MillpondHTTP.Head", "internal import Foundation"])
    func importsOfLowerLayersAreFound(_ line: String) {
        #expect(Rules.imports(in: file(line)).count == 1)
    }

    @Test(arguments: ["public import MillpondPools", "internal import Glibc", "let important = 1"])
    func importsOfUpperLayersAreNot(_ line: String) {
        #expect(Rules.imports(in: file(line)).isEmpty)
    }

    @Test func adaptersImportOnlyWhatTheyAdapt() {
        let path = "Sources/MillpondNIO/File.swift"
        #expect(Rules.imports(in: file("public import NIOCore", path: path)).isEmpty)
        #expect(Rules.imports(in: file("internal import NIOPosix", path: path)).count == 1)
        #expect(Rules.imports(in: file("import MillpondNet", path: path)).count == 1)
        #expect(Rules.imports(in: file("import MillpondNIO", path: "Sources/millpond/Main.swift")).count == 1)
    }

    @Test func suitesNeedALimit() {
        let limited = "@Suite(.timeLimit(.minutes(5))) struct A {}"
        #expect(Rules.unlimitedSuites(in: file(limited)).isEmpty)
        #expect(Rules.unlimitedSuites(in: file("@Suite(\n    .serialized,\n    .timeLimit(.minutes(5)))")).isEmpty)
        #expect(Rules.unlimitedSuites(in: file("\(limited)\n@Suite struct B {}")).count == 1)
    }

    @Test func promisesNeedAReason() {
        let promise = "final class A: @unchecked Sendable {}"
        #expect(Rules.unexplainedPromises(in: file(promise)).count == 1)
        #expect(Rules.unexplainedPromises(in: file("/// Does things.\n\(promise)")).count == 1)
        #expect(Rules.unexplainedPromises(in: file("// Confined to one reactor.\n@safe\n\(promise)")).isEmpty)
        #expect(Rules.unexplainedPromises(in: file("\(promise) // every field behind the lock")).isEmpty)
    }

    @Test func longLinesAndFilesAreFound() {
        #expect(Rules.shape(of: file(String(repeating: "x", count: 121))).count == 1)
        #expect(Rules.shape(of: file(String(repeating: "x\n", count: 401))).count == 1)
        #expect(Rules.shape(of: file(String(repeating: "x\n", count: 400))).isEmpty)
    }

    @Test func headingsHaveTheAnchorsOfGitHub() {
        #expect(Markdown.anchor(of: "What you get, in `two` commands") == "what-you-get-in-two-commands")
        let page = Markdown(
            path: "a/b.md", text: "# One\n[x](c.md#y) ![i](../i.png)\n```\n[no](no.md)\n```\n`[n](n.md)`")
        #expect(page.anchors == ["one"])
        #expect(page.links.map(\.target) == ["c.md#y", "../i.png"])
    }
}
