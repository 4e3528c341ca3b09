/// Why a request failed: in which phase, what of, and what the layer below said.
public struct HTTPClientError: Error, Sendable {
    /// How far the request had come.
    public struct Phase: Hashable, Sendable, CustomStringConvertible {
        enum Kind: UInt8, Sendable { case preparing, connecting, sending, awaiting, receiving }

        let kind: Kind

        /// Nothing was begun: the request itself is at fault, or the transport.
        public static var preparing: Phase { Phase(kind: .preparing) }
        /// A connection was to be had.
        public static var connecting: Phase { Phase(kind: .connecting) }
        /// The request was on its way.
        public static var sending: Phase { Phase(kind: .sending) }
        /// The head of the response was awaited.
        public static var awaiting: Phase { Phase(kind: .awaiting) }
        /// The response's content was on its way.
        public static var receiving: Phase { Phase(kind: .receiving) }

        public var description: String { "\(kind)" }
    }

    enum Code: Hashable, Sendable {
        case invalidURL(String)
        case invalidRequest(String)
        case unsupportedScheme
        case connectionFailed
        case connectionTimedOut
        case tooManyWaiters
        case timedOut
        case totalTimedOut
        case closedByPeer
        case truncated
        case malformed
        case tooManyInterim
        case unexpectedUpgrade
        case bodyTooLarge
        case wrongLength
        case bodyFailed
        case notTakenOver
        case transportClosed
        case connectionLost
    }

    let code: Code
    /// How far the request had come.
    public let phase: Phase
    /// What the layer below threw; nil where there was none.
    public let cause: (any Error)?

    init(_ code: Code, _ phase: Phase, cause: (any Error)? = nil) {
        self.code = code
        self.phase = phase
        self.cause = cause
    }

    /// A URL that is none, or not one for this client; names the part.
    public static func invalidURL(_ part: String) -> HTTPClientError { HTTPClientError(.invalidURL(part), .preparing) }
    /// A request that must not be sent as it is; says why.
    public static func invalidRequest(_ reason: String) -> HTTPClientError {
        HTTPClientError(.invalidRequest(reason), .preparing)
    }
    /// The transport's connector does not speak this scheme.
    public static var unsupportedScheme: HTTPClientError { HTTPClientError(.unsupportedScheme, .connecting) }
    /// More content than the caller allows.
    public static var bodyTooLarge: HTTPClientError { HTTPClientError(.bodyTooLarge, .receiving) }

    /// Whether a time of ``HTTPClientTimeouts`` was over.
    public var isTimedOut: Bool { [.timedOut, .totalTimedOut, .connectionTimedOut].contains(code) }
    /// Whether there was no connection to be had: nothing was sent.
    public var isConnectionFailed: Bool {
        [.connectionFailed, .connectionTimedOut, .tooManyWaiters, .unsupportedScheme].contains(code)
    }
    /// Whether what the server sent is no valid response; `cause` is an ``HTTPMessageError`` then, where one applies.
    public var isMalformed: Bool { [.malformed, .tooManyInterim, .unexpectedUpgrade].contains(code) }
    /// Whether the connection ended before the response did.
    public var isTruncated: Bool { [.closedByPeer, .truncated, .connectionLost].contains(code) }
    /// Whether the content is longer than the caller allows.
    public var isBodyTooLarge: Bool { code == .bodyTooLarge }
    /// Whether the URL is at fault.
    public var isInvalidURL: Bool { if case .invalidURL = code { true } else { false } }
}

extension HTTPClientError: CustomStringConvertible {
    /// The phase, a few words, and the cause.
    public var description: String { "\(phase): \(reason)\(cause.map { " (\($0))" } ?? "")" }

    /// A few words of low cardinality.
    public var reason: String {
        switch code {
        case .invalidURL(let part): "invalid URL: \(part)"
        case .invalidRequest(let reason): "invalid request: \(reason)"
        case .unsupportedScheme: "unsupported scheme"
        case .connectionFailed: "no connection"
        case .connectionTimedOut: "no connection in time"
        case .tooManyWaiters: "too many requests wait for a connection"
        case .timedOut: "timed out"
        case .totalTimedOut: "total time is over"
        case .closedByPeer: "closed by the server without a response"
        case .truncated: "closed by the server within the response"
        case .malformed: "malformed response"
        case .tooManyInterim: "too many interim responses"
        case .unexpectedUpgrade: "protocol changed unasked"
        case .bodyTooLarge: "content too large"
        case .wrongLength: "content does not have the announced length"
        case .bodyFailed: "the request's content could not be had"
        case .notTakenOver: "not a connection to take over"
        case .transportClosed: "the transport is closed"
        case .connectionLost: "connection lost"
        }
    }
}
