/// An input of the strictness table, and what a server must make of it.
///
/// Behind each input comes a request for `/probe` that closes the connection. If that is answered, the connection was
/// kept; if not, nothing behind the input was taken for a request.
struct StrictRow: CustomStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]
    /// The answers, each as its status and content: what the handler saw, where it was called and came to its end.
    let answers: [String]
    let isKept: Bool

    var description: String { name }
    /// Whether the first answer has no content, whatever its length says.
    var isHead: Bool { bytes.starts(with: "HEAD ".utf8) }
}

extension StrictRow {
    /// Answered, and the connection goes on.
    static func keeps(_ name: String, _ text: String, _ answers: String...) -> StrictRow {
        StrictRow(name: name, bytes: Array(text.utf8), answers: answers.map { "200 " + $0 }, isKept: true)
    }

    /// Answered, and the connection ends.
    static func closes(_ name: String, _ text: String, _ answers: String...) -> StrictRow {
        StrictRow(name: name, bytes: Array(text.utf8), answers: answers.map { "200 " + $0 }, isKept: false)
    }

    /// Refused after those requests that were in order.
    static func refuses(_ name: String, _ text: String, after answers: [String] = [], _ status: Int) -> StrictRow {
        StrictRow(
            name: name, bytes: Array(text.utf8), answers: answers.map { "200 " + $0 } + ["\(status)"], isKept: false)
    }

    /// With interim answers before.
    static func continues(_ name: String, _ text: String, _ answers: [String], isKept: Bool) -> StrictRow {
        StrictRow(name: name, bytes: Array(text.utf8), answers: answers, isKept: isKept)
    }
}

/// All rows: those that the parser's own table refuses, and those that need a server. A line without an end would get
/// one from the request behind it.
let strictTable: [StrictRow] =
    headTable.filter { $0.status > 0 && !$0.name.hasPrefix("endless") }.map {
        .refuses("head: \($0.name)", $0.text, $0.status)
    }
    + strictFramingRows + strictChunkRows + strictTrailerRows + strictConnectionRows + strictFormRows
