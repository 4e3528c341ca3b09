internal import MillpondPools

/// A file that could not be sent. The connection is not to blame: a handler that lets it pass makes a 500, or a 503.
public struct HTTPFileError: HTTPRespondingError, CustomStringConvertible {
    enum Code: Sendable { case unreadable, unavailable, truncated, invalidOption(String) }

    let code: Code
    /// What reading it failed with, where it did.
    public let cause: (any Error)?

    private init(_ code: Code, cause: (any Error)? = nil) {
        self.code = code
        self.cause = cause
    }

    /// What it means that reading failed.
    init(reading cause: any Error) {
        self.init(cause is WorkerPoolError || cause is BlockPoolError ? .unavailable : .unreadable, cause: cause)
    }

    /// It has become shorter while it was being sent.
    static var truncated: HTTPFileError { HTTPFileError(.truncated) }
    /// An option of a file server's that makes no sense.
    static func invalidOption(_ name: String) -> HTTPFileError { HTTPFileError(.invalidOption(name)) }

    /// Whether it has become shorter while it was being sent.
    public var isTruncated: Bool { if case .truncated = code { true } else { false } }
    /// Whether it can't be read.
    public var isUnreadable: Bool { if case .unreadable = code { true } else { false } }
    /// Whether no worker or block can be had for reading it now.
    public var isUnavailable: Bool { if case .unavailable = code { true } else { false } }

    /// 503 where it is unavailable, otherwise 500.
    public var status: HTTPStatus { isUnavailable ? .serviceUnavailable : .internalServerError }

    /// A few words of low cardinality, but for the name of an option.
    public var description: String {
        switch code {
        case .unreadable: "file unreadable"
        case .unavailable: "no worker or block for reading a file"
        case .truncated: "file truncated while being sent"
        case .invalidOption(let name): "invalid file server option: \(name)"
        }
    }
}
