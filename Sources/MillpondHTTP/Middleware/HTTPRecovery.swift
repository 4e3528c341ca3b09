internal import MillpondIO
internal import MillpondNet

/// Answers where a handler did not: makes a status of what it threw, and a page of a status without content.
///
/// Fields that other layers have set stay, except those that speak of content. Errors that came too late for an answer,
/// and those of a connection that is at its end, pass through: the server ends the connection.
public struct HTTPRecovery: HTTPMiddleware {
    /// The status for an error; nil leaves it to ``HTTPResponse/status(for:)``.
    public typealias StatusOfError = @Sendable (any Error) -> HTTPStatus?
    /// Sends content for a status of 400 or more. The status is set; leaving the response open sends none.
    public typealias Page = @Sendable (HTTPStatus, inout HTTPRequest, inout HTTPResponse) async throws -> Void

    private let statusOfError: StatusOfError?
    private let onError: (@Sendable (any Error) -> Void)?
    private let page: Page

    /// - Parameters:
    ///   - status: what to make of an error.
    ///   - onError: told of each error that was made a status of 500 or more. Must not block.
    ///   - page: what to send; nil for the status in words, as text.
    public init(
        status: StatusOfError? = nil, onError: (@Sendable (any Error) -> Void)? = nil, page: Page? = nil
    ) {
        statusOfError = status
        self.onError = onError
        self.page = page ?? Self.plainPage
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        do {
            try await next(&request, &response)
        } catch {
            response.takeBackGathered()
            guard response.isOpen, !request.driver.isLost(error) else { throw error }
            response.removeContentFields()
            response.status = statusOfError?(error) ?? request.driver.status(for: error)
            if response.status.code >= 500 { onError?(error) }
        }
        guard response.isOpen, response.committedStatus == nil, response.outcome.code >= 400,
            response.contentLength == nil
        else { return }
        let status = response.outcome
        response.status = status
        try await page(status, &request, &response)
    }

    private static let plainPage: Page = { status, _, response in
        response.set(.contentType, "text/plain; charset=utf-8")
        try await response.send("\(status.code) \(status.reason)\n")
    }
}

extension HTTPDriver {
    /// Whether an error is that of a connection which can't go on, so that an answer makes no sense.
    func isLost(_ error: any Error) -> Bool {
        if !channel.isOpen || state.contains(.timedOut) { return true }
        // A malformed rest of the content still deserves its 400; a client that went silent in it has timed out.
        return (error is CancellationError && Task.isCancelled) || (error is IOError && state.contains(.inputBroken))
    }
}

extension HTTPResponse {
    /// Removes what was said of content that is not sent, for an error's answer; mistakes in fields are forgotten.
    mutating func removeContentFields() {
        fieldError = nil
        contentLength = nil
        trailers = nil
        endCompression()
        for name in Self.contentFields { remove(name) }
    }

    private static let contentFields: [HTTPFieldName] = [
        .contentType, .contentEncoding, .eTag, .lastModified, .cacheControl, .expires, "Content-Range",
        "Content-Disposition", "Content-Language", "Accept-Ranges",
    ]
}
