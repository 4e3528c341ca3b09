/// Why there is no file, or not all of it; what has come stays there.
public struct HTTPDownloadError: Error, Sendable, CustomStringConvertible {
    enum Code: Hashable, Sendable {
        case status(HTTPStatus), unexpectedRange, incomplete(got: Int, total: Int)
    }

    let code: Code

    /// The status of a response that is not the content; nil for other reasons. The file was not touched.
    public var status: HTTPStatus? { if case .status(let status) = code { status } else { nil } }
    /// Whether the server has sent another part than it was asked for, or a part of another version of the file. The
    /// file was not touched, unless the content was longer than its range: then it has what the range announced.
    public var isUnexpectedRange: Bool { code == .unexpectedRange }
    /// Whether the server has sent less than there is.
    public var isIncomplete: Bool { if case .incomplete = code { true } else { false } }

    /// What happened, with its numbers.
    public var description: String {
        switch code {
        case .status(let status): "the server answered \(status)"
        case .unexpectedRange: "the server sent another part of the file than was asked for"
        case .incomplete(let got, let total): "the server sent \(got) of \(total) bytes"
        }
    }
}
