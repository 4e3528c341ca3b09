import Foundation
import Testing

/// The pages exist, their links lead somewhere, and what they quote is what compiles.
@Suite(.timeLimit(.minutes(5))) struct DocumentationTests {
    private static let pages = Tree.files(under: "", extension: "md").compactMap(Markdown.init(path:))

    @Test(arguments: [
        "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Documentation/README.md",
        "Documentation/architecture.md", "Makefile", ".ci/run", ".swift-format", "scripts/setup",
    ])
    func theHouseIsComplete(_ path: String) {
        #expect(Tree.exists(path))
    }

    @Test func theChangelogNamesWhatIsUnreleased() throws {
        #expect(try #require(Tree.text("CHANGELOG.md")).contains("## Unreleased"))
    }

    @Test func relativeLinksResolve() {
        for page in Self.pages {
            let folder = (page.path as NSString).deletingLastPathComponent
            for link in page.links where !link.target.contains("://") && !link.target.hasPrefix("mailto:") {
                let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let file = parts[0].isEmpty ? page.path : (folder as NSString).appendingPathComponent(String(parts[0]))
                let standard = URL(filePath: "/" + file).standardizedFileURL.path.dropFirst()
                let place = "\(page.path):\(link.line): \(link.target)"
                guard Tree.exists(String(standard)) else {
                    Issue.record("\(place) leads nowhere")
                    continue
                }
                if parts.count == 2, standard.hasSuffix(".md"), let other = Markdown(path: String(standard)) {
                    #expect(other.anchors.contains(String(parts[1])), "\(place): no such heading")
                }
            }
        }
    }

    @Test func theProgramsInTheReadmeAreExamplesThatCompile() throws {
        let examples = Tree.files(under: "Examples", extension: "swift").compactMap(Tree.text)
        for block in try #require(Markdown(path: "README.md")).blocks where block.language == "swift" {
            #expect(examples.contains(block.text), "no file under Examples/ reads:\n\(block.text)")
        }
    }

    /// `Tests/GuideSamples` compiles them with what they need around them, as a user of the libraries would.
    @Test func theSamplesOfGuidesAndModulesCompile() throws {
        let compiled = Tree.files(under: "Tests/GuideSamples", extension: "swift").compactMap(Tree.text).map(bare)
        for guide in ["Documentation", "Sources"].flatMap({ Tree.files(under: $0, extension: "md") }) {
            for block in try #require(Markdown(path: guide)).blocks where block.language == "swift" {
                let lines = block.text.split(separator: "\n")
                let sample = lines.drop { $0.hasPrefix("import ") }.joined(separator: "\n")
                #expect(
                    compiled.contains { $0.contains(bare(sample)) },
                    "\(guide): in no file of Tests/GuideSamples:\n\(sample)")
                for line in lines where line.hasPrefix("import ") {
                    #expect(compiled.contains { $0.contains(bare(String(line))) }, "\(guide): \(line)")
                }
            }
        }
    }

    /// The text without its layout, which differs as the samples are indented and formatted.
    private func bare(_ text: String) -> String { text.filter { !$0.isWhitespace } }

    @Test func everyGuideIsListed() throws {
        let list = try #require(Markdown(path: "Documentation/README.md")).links.map(\.target)
        for guide in Tree.files(under: "Documentation", extension: "md") where guide != "Documentation/README.md" {
            #expect(list.contains(String(guide.dropFirst("Documentation/".count))), "\(guide) is not listed")
        }
    }

    @Test func everyScriptSaysWhatItDoes() throws {
        let folder = Tree.root.appending(path: "scripts")
        for url in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            guard let text = try? String(contentsOf: url, encoding: .utf8), text.hasPrefix("#!") else { continue }
            let second = text.split(separator: "\n", maxSplits: 2).dropFirst().first ?? ""
            #expect(
                second.hasPrefix("# ") || second.hasPrefix("\"\"\""),
                "\(url.lastPathComponent): the line after #! says what the script does")
        }
    }
}
