/// A redirect that is not followed.
public struct HTTPRedirectError: Error, Sendable {
    enum Code: Hashable, Sendable {
        case tooMany, loop, invalidLocation, downgrade, contentNotReplayable
    }

    let code: Code
    /// Where the redirect leads, or for an invalid location comes from.
    public let url: HTTPURL
    /// How many redirects are followed, where there were more; otherwise 0.
    public let limit: Int
    /// What is wrong with the location, where that is the reason.
    public let cause: HTTPURLError?

    init(_ code: Code, _ url: HTTPURL, limit: Int = 0, cause: HTTPURLError? = nil) {
        self.code = code
        self.url = url
        self.limit = limit
        self.cause = cause
    }

    /// More redirects than the limit.
    public var isTooMany: Bool { code == .tooMany }
    /// The same request came up for the third time.
    public var isLoop: Bool { code == .loop }
    /// The `Location` is not an http or https URL.
    public var isInvalidLocation: Bool { code == .invalidLocation }
    /// From https to http.
    public var isDowngrade: Bool { code == .downgrade }
    /// The content would have to be sent again, and its source gives it once.
    public var isContentNotReplayable: Bool { code == .contentNotReplayable }
}

extension HTTPRedirectError: CustomStringConvertible {
    /// What is wrong, and with which URL.
    public var description: String {
        switch code {
        case .tooMany: "more than \(limit) redirects, the next to \(url)"
        case .loop: "redirects go round in a circle at \(url)"
        case .invalidLocation: "redirect of \(url): \(cause?.description ?? "invalid location")"
        case .downgrade: "redirect from https to \(url)"
        case .contentNotReplayable: "redirect to \(url), but the content cannot be sent twice"
        }
    }
}
