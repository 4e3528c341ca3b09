/// An error that says how a request is to be answered when its handler throws it: before anything was sent, the server
/// answers with this status instead of 500.
public protocol HTTPRespondingError: Error {
    /// The status of the answer.
    var status: HTTPStatus { get }
}

extension HTTPMessageError: HTTPRespondingError {}
