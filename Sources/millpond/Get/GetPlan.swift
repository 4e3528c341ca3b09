import Foundation
import MillpondHTTP

/// One URL and the file that it becomes.
struct GetPlan: Sendable {
    let url: HTTPURL
    /// `-` for standard output.
    let path: String

    /// The last part of a URL's path, where that is a file's name that a terminal can show; `index.html` otherwise.
    static func fileName(of url: HTTPURL) -> String {
        let last = url.path.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        let name = last.removingPercentEncoding ?? last
        let isName =
            !["", ".", ".."].contains(name) && name.utf8.count <= 255
            && name == name.printable && !name.utf8.contains(UInt8(ascii: "/"))
        return isName ? name : "index.html"
    }
}
