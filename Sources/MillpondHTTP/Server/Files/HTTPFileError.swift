/// A file that could not be sent. The connection is not to blame: a handler that lets it pass makes a 500.
public struct HTTPFileError: Error, Sendable, CustomStringConvertible {
    enum Code: Sendable { case unreadable, truncated, invalidOption(String) }

    let code: Code
    /// What reading it failed with, where it did.
    public let cause: (any Error)?

    private init(_ code: Code, cause: (any Error)? = nil) {
        self.code = code
        self.cause = cause
    }

    /// It can't be read, or no worker or block can be had for that.
    static func unreadable(_ cause: any Error) -> HTTPFileError { HTTPFileError(.unreadable, cause: cause) }
    /// It has become shorter while it was being sent.
    static var truncated: HTTPFileError { HTTPFileError(.truncated) }
    /// An option of a file server's that makes no sense.
    static func invalidOption(_ name: String) -> HTTPFileError { HTTPFileError(.invalidOption(name)) }

    /// Whether it has become shorter while it was being sent.
    public var isTruncated: Bool { if case .truncated = code { true } else { false } }
    /// Whether it can't be read, or no worker or block can be had for that.
    public var isUnreadable: Bool { if case .unreadable = code { true } else { false } }

    /// A few words of low cardinality, but for the name of an option.
    public var description: String {
        switch code {
        case .unreadable: "file unreadable"
        case .truncated: "file truncated while being sent"
        case .invalidOption(let name): "invalid file server option: \(name)"
        }
    }
}
