public import MillpondHTTP

/// Why a request's content is not the JSON that was expected.
public struct HTTPJSONError: HTTPRespondingError, CustomStringConvertible {
    enum Code: Hashable, Sendable { case contentType, malformed, mismatch }

    let code: Code
    /// Where in the content a value is missing or of another kind, such as `items.0.name`; empty at its root, nil
    /// otherwise.
    public let path: String?
    /// What the decoder said.
    public let cause: (any Error)?

    /// The content is not of type JSON.
    public static var contentType: HTTPJSONError { HTTPJSONError(.contentType, path: nil, cause: nil) }

    private init(_ code: Code, path: String?, cause: (any Error)?) {
        self.code = code
        self.path = path
        self.cause = cause
    }

    init(_ error: DecodingError) {
        switch error {
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self.init(.malformed, path: nil, cause: error)
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
            self.init(.mismatch, path: Self.text(context.codingPath), cause: error)
        case .keyNotFound(let key, let context):
            self.init(.mismatch, path: Self.text(context.codingPath + [key]), cause: error)
        @unknown default:
            self.init(.malformed, path: nil, cause: error)
        }
    }

    private static func text(_ path: [any CodingKey]) -> String {
        path.map { key in key.intValue.map(String.init) ?? key.stringValue }.joined(separator: ".")
    }

    /// Whether the content is no JSON at all.
    public var isMalformed: Bool { code == .malformed }
    /// Whether it is JSON, but not of the type that was asked for.
    public var isMismatch: Bool { code == .mismatch }

    /// 415 for another type of content, 400 for what is no JSON, 422 for JSON of another shape.
    public var status: HTTPStatus {
        switch code {
        case .contentType: .unsupportedMediaType
        case .malformed: .badRequest
        case .mismatch: HTTPStatus(422)
        }
    }

    /// A few words of low cardinality.
    public var description: String {
        switch code {
        case .contentType: "content is not of type JSON"
        case .malformed: "malformed JSON"
        case .mismatch: "JSON of another shape"
        }
    }
}
