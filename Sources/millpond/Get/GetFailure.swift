import ArgumentParser
import MillpondHTTP
import MillpondIO
import MillpondNet

/// Why a download failed: a line, and an exit code.
struct GetFailure: Error, CustomStringConvertible {
    let description: String
    let exitCode: Int32

    /// A response that is not the content.
    init(status: HTTPStatus) {
        description = "the server answered \(status)"
        exitCode = 8
    }

    init(_ error: any Error) {
        if let failure = error as? GetFailure {
            self = failure
            return
        }
        // One line, whatever the layers below have put into it.
        description = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        exitCode = Self.code(error)
    }

    private static func code(_ error: any Error) -> Int32 {
        switch error {
        case let error as HTTPDownloadError: error.status == nil ? 5 : 8
        case is HTTPRedirectError: 8
        case let error as HTTPClientError:
            if error.isTimedOut {
                4
            } else if error.isConnectionFailed {
                3
            } else if error.isMalformed || error.isTruncated {
                5
            } else {
                1
            }
        default: 1
        }
    }
}
