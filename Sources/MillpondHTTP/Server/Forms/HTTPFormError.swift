/// Why a form was refused. A handler that does not catch it answers with ``status``.
public struct HTTPFormError: HTTPRespondingError, Hashable, CustomStringConvertible {
    enum Code: Sendable, CaseIterable {
        case contentType, boundary, escape, encoding, tooLarge, tooManyFields
        case truncated, delimiter, partHeader, partHeaderTooLarge, disposition, transferEncoding, partTooLarge
    }

    let code: Code

    init(_ code: Code) { self.code = code }

    /// The content is not of the form's type, or says not of which.
    public static var contentType: HTTPFormError { HTTPFormError(.contentType) }
    /// A multipart type without a valid boundary (RFC 2046, section 5.1.1).
    public static var boundary: HTTPFormError { HTTPFormError(.boundary) }
    /// A percent sign without two hexadecimal digits.
    public static var escape: HTTPFormError { HTTPFormError(.escape) }
    /// A name or text that is not UTF-8.
    public static var encoding: HTTPFormError { HTTPFormError(.encoding) }
    /// More bytes than the limit allows.
    public static var tooLarge: HTTPFormError { HTTPFormError(.tooLarge) }
    /// More fields or parts than the limit allows.
    public static var tooManyFields: HTTPFormError { HTTPFormError(.tooManyFields) }
    /// The content ends before the last delimiter.
    public static var truncated: HTTPFormError { HTTPFormError(.truncated) }
    /// Something else than a line's end follows a delimiter.
    public static var delimiter: HTTPFormError { HTTPFormError(.delimiter) }
    /// A part's header is malformed.
    public static var partHeader: HTTPFormError { HTTPFormError(.partHeader) }
    /// A part's header is longer than the limit allows.
    public static var partHeaderTooLarge: HTTPFormError { HTTPFormError(.partHeaderTooLarge) }
    /// A part without a `Content-Disposition: form-data` that names it.
    public static var disposition: HTTPFormError { HTTPFormError(.disposition) }
    /// A part in a transfer encoding, which forms must not have (RFC 7578, section 4.7).
    public static var transferEncoding: HTTPFormError { HTTPFormError(.transferEncoding) }
    /// A part is longer than its reader allows.
    public static var partTooLarge: HTTPFormError { HTTPFormError(.partTooLarge) }

    /// 413 for what is too much, 415 for another type, else 400.
    public var status: HTTPStatus {
        switch code {
        case .contentType: .unsupportedMediaType
        case .tooLarge, .tooManyFields, .partTooLarge: .contentTooLarge
        default: .badRequest
        }
    }

    /// A few words of low cardinality.
    public var description: String {
        switch code {
        case .contentType: "content is not of the form's type"
        case .boundary: "multipart content without a valid boundary"
        case .escape: "malformed percent escape in a form"
        case .encoding: "form is not UTF-8"
        case .tooLarge: "form too large"
        case .tooManyFields: "too many fields in a form"
        case .truncated: "multipart content ends too early"
        case .delimiter: "malformed multipart delimiter"
        case .partHeader: "malformed header of a part"
        case .partHeaderTooLarge: "header of a part too large"
        case .disposition: "part without a form-data disposition and name"
        case .transferEncoding: "part in a transfer encoding"
        case .partTooLarge: "part too large"
        }
    }
}
