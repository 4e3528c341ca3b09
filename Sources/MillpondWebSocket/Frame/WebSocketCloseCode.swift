/// Why a connection was closed, as its close frame says (RFC 6455, section 7.4).
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The purpose was fulfilled.
    public static let normal = WebSocketCloseCode(rawValue: 1000)
    /// The server goes down, or the browser leaves the page.
    public static let goingAway = WebSocketCloseCode(rawValue: 1001)
    /// The peer broke the protocol.
    public static let protocolError = WebSocketCloseCode(rawValue: 1002)
    /// The peer sent a kind of message that is not accepted here.
    public static let unsupportedData = WebSocketCloseCode(rawValue: 1003)
    /// The close frame named no code. Never sent.
    public static let noStatus = WebSocketCloseCode(rawValue: 1005)
    /// The connection ended without a close frame. Never sent.
    public static let abnormal = WebSocketCloseCode(rawValue: 1006)
    /// A text message that is not UTF-8.
    public static let invalidPayload = WebSocketCloseCode(rawValue: 1007)
    /// A message that breaks a rule of the application.
    public static let policyViolation = WebSocketCloseCode(rawValue: 1008)
    /// A message longer than is accepted here.
    public static let messageTooBig = WebSocketCloseCode(rawValue: 1009)
    /// The client wanted an extension that the server did not agree to.
    public static let mandatoryExtension = WebSocketCloseCode(rawValue: 1010)
    /// The server failed.
    public static let internalError = WebSocketCloseCode(rawValue: 1011)
    /// The server restarts.
    public static let serviceRestart = WebSocketCloseCode(rawValue: 1012)
    /// The server has too much to do.
    public static let tryAgainLater = WebSocketCloseCode(rawValue: 1013)

    /// Whether it may stand in a close frame: the codes that RFC 6455 or IANA's registry defines for that, and those
    /// left to libraries and applications (3000 to 4999).
    @inlinable
    public var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
