/// Why a message was refused. Says which status the peer is to get.
public struct HTTPMessageError: Error, Hashable, Sendable {
    enum Code: UInt8, Sendable, CaseIterable {
        // The request line.
        case method, methodTooLong, target, requestLineTooLong, version, unsupportedVersion
        // The status line.
        case status, statusLineTooLong
        // Lines and fields.
        case bareCarriageReturn, bareLineFeed, obsoleteFolding, blankBeforeColon, fieldName, fieldValue
        case headTooLarge, tooManyFields
        // What fields mean.
        case missingHost, severalHosts, host, contentLength, severalContentLengths
        case transferEncoding, unknownTransferEncoding, transferEncodingIn10, lengthAndTransferEncoding, expectation
        // Content.
        case chunkSize, chunkExtension, chunkLineTooLong, chunkExtensionsTooLarge, chunkEnd
        case trailer, trailerTooLarge, forbiddenTrailer, bodyTooLarge
        // The server's own state, and what it does not offer.
        case noMemory, tunnel
    }

    let code: Code

    init(_ code: Code) { self.code = code }

    /// The status of the answer.
    public var status: HTTPStatus {
        switch code {
        case .methodTooLong, .unknownTransferEncoding, .tunnel: .notImplemented
        case .requestLineTooLong: .uriTooLong
        case .unsupportedVersion: .httpVersionNotSupported
        case .headTooLarge, .tooManyFields, .trailerTooLarge: .requestHeaderFieldsTooLarge
        case .expectation: .expectationFailed
        case .bodyTooLarge: .contentTooLarge
        case .noMemory: .serviceUnavailable
        default: .badRequest
        }
    }

    /// More content than the limit allows: 413.
    public static var bodyTooLarge: HTTPMessageError { HTTPMessageError(.bodyTooLarge) }

    /// The content is longer than the reader of it allows.
    public var isBodyTooLarge: Bool { code == .bodyTooLarge }
}

extension HTTPMessageError: CustomStringConvertible {
    /// A few words of low cardinality.
    public var description: String {
        switch code {
        case .method: "malformed method"
        case .methodTooLong: "method too long"
        case .target: "malformed request target"
        case .requestLineTooLong: "request line too long"
        case .version: "malformed version"
        case .unsupportedVersion: "unsupported version"
        case .status: "malformed status line"
        case .statusLineTooLong: "status line too long"
        case .bareCarriageReturn: "carriage return without line feed"
        case .bareLineFeed: "line feed without carriage return"
        case .obsoleteFolding: "folded field line"
        case .blankBeforeColon: "blank before the colon of a field"
        case .fieldName: "malformed field name"
        case .fieldValue: "malformed field value"
        case .headTooLarge: "head too large"
        case .tooManyFields: "too many fields"
        case .missingHost: "no Host"
        case .severalHosts: "more than one Host"
        case .host: "malformed Host"
        case .contentLength: "malformed Content-Length"
        case .severalContentLengths: "more than one Content-Length"
        case .transferEncoding: "malformed Transfer-Encoding: `chunked` must be its last coding, once"
        case .unknownTransferEncoding: "unknown transfer coding"
        case .transferEncodingIn10: "Transfer-Encoding in HTTP/1.0"
        case .lengthAndTransferEncoding: "both Content-Length and Transfer-Encoding"
        case .expectation: "unknown expectation"
        case .chunkSize: "malformed chunk size"
        case .chunkExtension: "malformed chunk extension"
        case .chunkLineTooLong: "chunk line too long"
        case .chunkExtensionsTooLarge: "chunk extensions too large"
        case .chunkEnd: "chunk not followed by a line end"
        case .trailer: "malformed trailer"
        case .trailerTooLarge: "trailer section too large"
        case .forbiddenTrailer: "field not allowed in a trailer"
        case .bodyTooLarge: "content too large"
        case .noMemory: "out of buffers"
        case .tunnel: "CONNECT is not offered"
        }
    }
}
