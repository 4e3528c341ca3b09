/// How a file is downloaded.
public struct HTTPDownloadOptions: Sendable {
    /// Whether to go on with a file that is there already, from its end: with `Range`, and with `If-Range` where an
    /// earlier download of ours has left the version's name with the file. False replaces the file.
    public var resumes = false
    /// The most bytes that the file may have; longer content fails.
    public var limit = Int.max
    /// Told how far it is, before the first byte and then after each piece of 1 MiB or less, on the reactor.
    public var progress: (@Sendable (HTTPDownloadProgress) -> Void)?

    public init() {}
}

/// How far a download is.
public struct HTTPDownloadProgress: Sendable, Equatable {
    /// How long the file is now.
    public let length: Int
    /// How long it will be; nil when the server does not say.
    public let total: Int?
    /// How much of it was there before.
    public let resumedFrom: Int

    public init(length: Int, total: Int?, resumedFrom: Int = 0) {
        self.length = length
        self.total = total
        self.resumedFrom = resumedFrom
    }
}

/// A finished download.
public struct HTTPDownload: Sendable {
    /// The last response's status: 200, 206 for the rest of a file, 416 when the file was complete already.
    public let status: HTTPStatus
    /// Where the content came from in the end.
    public let url: HTTPURL
    /// How long the file is.
    public let length: Int
    /// How much of it was there before.
    public let resumedFrom: Int
    /// How long the last request took, from its own beginning.
    public let timings: HTTPClientTimings
    /// Whether its connection had carried a request before.
    public let isReused: Bool
}

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
