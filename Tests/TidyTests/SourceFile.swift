import Foundation

/// A Swift source, with the code and the comment of each line told apart.
struct SourceFile: Sendable {
    /// The parts of one line. What stands inside string literals belongs to neither.
    struct Line: Sendable {
        var whole: Substring
        var code: String
        var comment: String
    }

    /// Relative to the root of the project.
    let path: String
    let lines: [Line]

    init?(path: String) {
        guard let text = Tree.text(path) else { return nil }
        self.init(path: path, text: text)
    }

    init(path: String, text: String) {
        self.path = path
        var inBlockComment = false
        var inMultilineString = false
        var lines: [Line] = []
        var rest = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        if rest.last?.isEmpty == true { rest.removeLast() }
        for whole in rest {
            let (code, comment) = Self.parts(
                of: whole, inBlockComment: &inBlockComment, inMultilineString: &inMultilineString)
            lines.append(Line(whole: whole, code: code, comment: comment))
        }
        self.lines = lines
    }

    /// The target a path belongs to: `MillpondIO` for `Sources/MillpondIO/…`.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : nil
    }

    /// A small scanner: enough for the sources of this project, no parser of Swift.
    private static func parts(
        of line: Substring, inBlockComment: inout Bool, inMultilineString: inout Bool
    ) -> (code: String, comment: String) {
        var code: [UInt8] = []
        var comment: [UInt8] = []
        let bytes = Array(line.utf8)
        func follows(_ text: StaticString, at index: Int) -> Bool {
            let wanted = Array(text.description.utf8)
            return index + wanted.count <= bytes.count && Array(bytes[index..<index + wanted.count]) == wanted
        }
        var inString = false
        var index = 0
        while index < bytes.count {
            if inBlockComment {
                if follows("*/", at: index) {
                    inBlockComment = false
                    index += 1
                } else {
                    comment.append(bytes[index])
                }
            } else if inMultilineString {
                if follows("\"\"\"", at: index) {
                    inMultilineString = false
                    index += 2
                }
            } else if inString {
                if bytes[index] == UInt8(ascii: "\\") {
                    index += 1
                } else if bytes[index] == UInt8(ascii: "\"") {
                    inString = false
                }
            } else if follows("\"\"\"", at: index) {
                inMultilineString = true
                index += 2
            } else if bytes[index] == UInt8(ascii: "\"") {
                inString = true
            } else if follows("//", at: index) {
                comment.append(contentsOf: bytes[index...])
                break
            } else if follows("/*", at: index) {
                inBlockComment = true
                index += 1
            } else {
                code.append(bytes[index])
            }
            index += 1
        }
        return (String(decoding: code, as: UTF8.self), String(decoding: comment, as: UTF8.self))
    }
}

/// A place that breaks a rule, printed as compilers print theirs.
struct Finding: CustomStringConvertible {
    var path: String
    var line: Int
    var message: String

    var description: String { "\(path):\(line): \(message)" }
}
