import MillpondHTTP

/// What came of a request, for those who report it.
struct HTTPOutcome {
    let status: HTTPStatus
    /// Whether the answer was cut short: it had begun when its handler threw.
    let isCutShort: Bool

    var isServerError: Bool { isCutShort || status.code >= 500 }

    init(_ response: borrowing HTTPResponse) {
        status = response.outcome
        isCutShort = false
    }

    /// Of a handler that threw.
    init(_ error: any Error, _ response: borrowing HTTPResponse) {
        status = response.outcome(of: error)
        isCutShort = response.committedStatus != nil
    }
}
