/// A head that one of the two families of types can't hold.
public struct HTTPTypesError: Error, Hashable, Sendable, CustomStringConvertible {
    enum Code: Sendable { case method, field, status, contentLength }

    let code: Code

    init(_ code: Code) { self.code = code }

    /// The method is not a token.
    public static var method: HTTPTypesError { HTTPTypesError(.method) }
    /// A field's name is not a token.
    public static var field: HTTPTypesError { HTTPTypesError(.field) }
    /// The status has no three digits, or is interim where a final one is needed.
    public static var status: HTTPTypesError { HTTPTypesError(.status) }
    /// `Content-Length` is not one number.
    public static var contentLength: HTTPTypesError { HTTPTypesError(.contentLength) }

    /// A few words of low cardinality.
    public var description: String {
        switch code {
        case .method: "invalid method"
        case .field: "invalid field name"
        case .status: "invalid status"
        case .contentLength: "invalid Content-Length"
        }
    }
}
