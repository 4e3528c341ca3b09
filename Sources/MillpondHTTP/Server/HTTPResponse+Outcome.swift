internal import MillpondIO
internal import MillpondPools

/// What came of a request, for layers around its handler.
extension HTTPResponse {
    /// The status of the head that has left for this request: the handler's, or 503 where the server answered in its
    /// place. Nil while the answer can still become another, also with content written that has not left.
    public var committedStatus: HTTPStatus? { driver.committed }

    /// The status that the client got, or will get when the handler returns now: 500 of one that made a mistake.
    public var outcome: HTTPStatus {
        if let committed = driver.committed { return committed }
        guard isOpen else { return status }
        return isMistaken ? .internalServerError : status
    }

    /// The status that the client got, or will get when the handler throws this error now.
    public func outcome(of error: any Error) -> HTTPStatus { driver.committed ?? driver.status(for: error) }

    /// The status that an error asks for (``HTTPRespondingError``), 503 for a block that a pool has refused for now, or
    /// 500: what becomes of it before anything was sent, unless the request's own content has failed.
    public static func status(for error: any Error) -> HTTPStatus {
        guard let error = error as? any HTTPRespondingError, !error.status.isInformational else {
            return isPoolExhausted(error) ? .serviceUnavailable : .internalServerError
        }
        return error.status
    }

    private static func isPoolExhausted(_ error: any Error) -> Bool {
        let refusal = (error as? IOError)?.cause ?? error
        return (refusal as? BlockPoolError)?.isTransient ?? false
    }

    /// Whether an end now would find a mistake in what was set, with nothing sent.
    private var isMistaken: Bool {
        if fieldError != nil || status.isInformational { return true }
        guard let contentLength, trailers == nil else { return false }
        return contentLength < 0 || (contentLength > 0 && sendsBody)
    }
}
