/// A response that cannot be sent as the handler wants it.
public struct HTTPResponseError: Error, Hashable, Sendable, CustomStringConvertible {
    enum Code: Sendable {
        case alreadySent, invalidName, invalidValue, reservedField, headTooLarge, wrongLength, upgradeNotOffered
        case contentUnread, undeclaredTrailer, timedOut, interimStatus
    }

    let code: Code

    init(_ code: Code) { self.code = code }

    /// The head has left already, or the whole response.
    public static var alreadySent: HTTPResponseError { HTTPResponseError(.alreadySent) }
    /// A field's name is not a token.
    public static var invalidName: HTTPResponseError { HTTPResponseError(.invalidName) }
    /// A field's value has a control character in it, such as a line end.
    public static var invalidValue: HTTPResponseError { HTTPResponseError(.invalidValue) }
    /// The field belongs to the server: `Content-Length`, `Transfer-Encoding`, `Connection`, `Trailer`. Or it is one
    /// that a trailer must not have.
    public static var reservedField: HTTPResponseError { HTTPResponseError(.reservedField) }
    /// More than 64 KiB of fields, or no memory for them.
    public static var headTooLarge: HTTPResponseError { HTTPResponseError(.headTooLarge) }
    /// More content than `contentLength` said, or less.
    public static var wrongLength: HTTPResponseError { HTTPResponseError(.wrongLength) }
    /// The client did not ask for another protocol.
    public static var upgradeNotOffered: HTTPResponseError { HTTPResponseError(.upgradeNotOffered) }
    /// The request has content that was not read.
    public static var contentUnread: HTTPResponseError { HTTPResponseError(.contentUnread) }
    /// The trailer was not declared before the head was sent.
    public static var undeclaredTrailer: HTTPResponseError { HTTPResponseError(.undeclaredTrailer) }
    /// A status of 1xx is no answer; see `sendInformational` and `upgrade`.
    public static var interimStatus: HTTPResponseError { HTTPResponseError(.interimStatus) }
    /// The handler did not answer in time, and the server did in its place.
    public static var timedOut: HTTPResponseError { HTTPResponseError(.timedOut) }

    /// A few words of low cardinality.
    public var description: String {
        switch code {
        case .alreadySent: "response already sent"
        case .invalidName: "invalid field name"
        case .invalidValue: "invalid field value"
        case .reservedField: "field is the server's own"
        case .headTooLarge: "response head too large"
        case .wrongLength: "content does not have the announced length"
        case .upgradeNotOffered: "upgrade not offered"
        case .contentUnread: "content not read"
        case .undeclaredTrailer: "undeclared trailer"
        case .interimStatus: "interim status sent as the answer"
        case .timedOut: "not answered in time"
        }
    }
}
