import Foundation

/// The links, anchors and code blocks of a Markdown page.
struct Markdown {
    struct Link {
        var line: Int
        var target: String
    }

    let path: String
    private(set) var links: [Link] = []
    private(set) var anchors: Set<String> = []
    /// The contents of the fenced blocks, by the word behind the fence.
    private(set) var blocks: [(language: String, text: String)] = []

    init?(path: String) {
        guard let text = Tree.text(path) else { return nil }
        self.init(path: path, text: text)
    }

    init(path: String, text: String) {
        self.path = path
        var block: (language: String, text: String)?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let finished = block {
                    blocks.append(finished)
                    block = nil
                } else {
                    block = (String(line.dropFirst(3)), "")
                }
            } else if block != nil {
                block?.text += line + "\n"
            } else {
                if line.hasPrefix("#") {
                    let heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces)
                    anchors.insert(Self.anchor(of: heading))
                }
                for match in Self.withoutCode(line).matches(of: /\]\(([^)\s]+)[^)]*\)/) {
                    links.append(Link(line: index + 1, target: String(match.1)))
                }
            }
        }
    }

    /// GitHub's anchor of a heading: lower case, spaces to hyphens, punctuation dropped.
    static func anchor(of heading: String) -> String {
        String(
            heading.lowercased().compactMap { character in
                if character == " " { return "-" }
                return character.isLetter || character.isNumber || character == "-" || character == "_"
                    ? character : nil
            })
    }

    private static func withoutCode(_ line: Substring) -> String {
        line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined()
    }
}
