/// What went wrong on a WebSocket connection, or on the way to one.
public struct WebSocketError: Error, Sendable {
    /// The kind of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Kind: UInt8, Sendable {
            case reservedBits, unknownOpcode, fragmentedControl, controlTooLong, unmasked, masked, lengthNotMinimal
            case lengthTooLarge, unexpectedContinuation, expectedContinuation, messageTooLarge, invalidUTF8
            case invalidClosePayload, invalidCloseCode, closed, invalidArgument
            case invalidURL, invalidRequest, unsupportedVersion, invalidResponse, rejected, timedOut
        }

        let kind: Kind

        /// A reserved bit of a frame's first byte is set, without an extension that uses it.
        public static var reservedBits: Code { Code(kind: .reservedBits) }
        /// A frame with a reserved opcode.
        public static var unknownOpcode: Code { Code(kind: .unknownOpcode) }
        /// A control frame that says it is part of something longer.
        public static var fragmentedControl: Code { Code(kind: .fragmentedControl) }
        /// A control frame with more than 125 bytes.
        public static var controlTooLong: Code { Code(kind: .controlTooLong) }
        /// A client's frame without a mask.
        public static var unmasked: Code { Code(kind: .unmasked) }
        /// A server's frame with a mask.
        public static var masked: Code { Code(kind: .masked) }
        /// A length that would fit into fewer bytes.
        public static var lengthNotMinimal: Code { Code(kind: .lengthNotMinimal) }
        /// A length with its most significant bit set.
        public static var lengthTooLarge: Code { Code(kind: .lengthTooLarge) }
        /// A continuation of nothing.
        public static var unexpectedContinuation: Code { Code(kind: .unexpectedContinuation) }
        /// A new message before the last fragment of the one before.
        public static var expectedContinuation: Code { Code(kind: .expectedContinuation) }
        /// A message longer than is accepted here.
        public static var messageTooLarge: Code { Code(kind: .messageTooLarge) }
        /// Text that is not UTF-8.
        public static var invalidUTF8: Code { Code(kind: .invalidUTF8) }
        /// A close frame with one byte.
        public static var invalidClosePayload: Code { Code(kind: .invalidClosePayload) }
        /// A close frame with a code that must not be sent.
        public static var invalidCloseCode: Code { Code(kind: .invalidCloseCode) }
        /// The connection is closed or closing.
        public static var closed: Code { Code(kind: .closed) }
        /// A call with a value that the protocol has no room for.
        public static var invalidArgument: Code { Code(kind: .invalidArgument) }
        /// Not a `ws:` URL, or one that cannot be used.
        public static var invalidURL: Code { Code(kind: .invalidURL) }
        /// An HTTP request that does not ask for a WebSocket as it should.
        public static var invalidRequest: Code { Code(kind: .invalidRequest) }
        /// A request for another version of the protocol than 13.
        public static var unsupportedVersion: Code { Code(kind: .unsupportedVersion) }
        /// The server's answer to the upgrade makes no sense.
        public static var invalidResponse: Code { Code(kind: .invalidResponse) }
        /// The server refused the upgrade; ``WebSocketError/status`` says how.
        public static var rejected: Code { Code(kind: .rejected) }
        /// A deadline passed.
        public static var timedOut: Code { Code(kind: .timedOut) }

        public var description: String { String(describing: kind) }
    }

    /// The kind of failure.
    public let code: Code
    /// The status of the HTTP answer (`rejected`); otherwise 0.
    public let status: Int
    /// The error of the layer below, where there is one.
    public let cause: (any Error)?

    private init(_ kind: Code.Kind, status: Int = 0, cause: (any Error)? = nil) {
        code = Code(kind: kind)
        self.status = status
        self.cause = cause
    }

    static var reservedBits: WebSocketError { WebSocketError(.reservedBits) }
    static var unknownOpcode: WebSocketError { WebSocketError(.unknownOpcode) }
    static var fragmentedControl: WebSocketError { WebSocketError(.fragmentedControl) }
    static var controlTooLong: WebSocketError { WebSocketError(.controlTooLong) }
    static var unmasked: WebSocketError { WebSocketError(.unmasked) }
    static var masked: WebSocketError { WebSocketError(.masked) }
    static var lengthNotMinimal: WebSocketError { WebSocketError(.lengthNotMinimal) }
    static var lengthTooLarge: WebSocketError { WebSocketError(.lengthTooLarge) }
    static var unexpectedContinuation: WebSocketError { WebSocketError(.unexpectedContinuation) }
    static var expectedContinuation: WebSocketError { WebSocketError(.expectedContinuation) }
    static var messageTooLarge: WebSocketError { WebSocketError(.messageTooLarge) }
    static var invalidUTF8: WebSocketError { WebSocketError(.invalidUTF8) }
    static var invalidClosePayload: WebSocketError { WebSocketError(.invalidClosePayload) }
    static var invalidCloseCode: WebSocketError { WebSocketError(.invalidCloseCode) }
    static var closed: WebSocketError { WebSocketError(.closed) }
    static var invalidArgument: WebSocketError { WebSocketError(.invalidArgument) }
    static var invalidURL: WebSocketError { WebSocketError(.invalidURL) }
    static var invalidRequest: WebSocketError { WebSocketError(.invalidRequest) }
    static var unsupportedVersion: WebSocketError { WebSocketError(.unsupportedVersion) }
    static func invalidResponse(_ cause: (any Error)? = nil) -> WebSocketError {
        WebSocketError(.invalidResponse, cause: cause)
    }
    static func rejected(status: Int) -> WebSocketError { WebSocketError(.rejected, status: status) }
    static var timedOut: WebSocketError { WebSocketError(.timedOut) }

    /// What a close frame says about it.
    public var closeCode: WebSocketCloseCode {
        switch code.kind {
        case .invalidUTF8: .invalidPayload
        case .messageTooLarge: .messageTooBig
        case .closed, .timedOut: .goingAway
        default: .protocolError
        }
    }
}

extension WebSocketError: Equatable {
    /// Compares everything but the cause.
    public static func == (left: WebSocketError, right: WebSocketError) -> Bool {
        left.code == right.code && left.status == right.status
    }
}

extension WebSocketError: CustomStringConvertible {
    public var description: String { status == 0 ? code.description : "\(code) with status \(status)" }
}
